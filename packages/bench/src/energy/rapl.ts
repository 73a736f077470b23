import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import type { Meter, NoMeter } from './meter.ts'

/** One package of the processor: its counter, and the value at which the counter restarts. */
interface Domain {
  readonly file: string
  readonly rangeMicrojoules: number
}

/**
 * The processor's own energy counters (RAPL), summed over its packages. They include everything that runs on the
 * machine, so idle power has to be subtracted.
 * @param sysfs `/sys`
 */
export function openRapl(sysfs: string): Meter | NoMeter {
  const folder = join(sysfs, 'class/powercap')
  const domains: Domain[] = []
  try {
    for (const name of readdirSync(folder).filter((one) => /^intel-rapl:\d+$/.test(one))) {
      const at = join(folder, name)
      if (!readFileSync(join(at, 'name'), 'utf8').startsWith('package')) continue
      const domain = {
        file: join(at, 'energy_uj'),
        rangeMicrojoules: microjoules(join(at, 'max_energy_range_uj')),
      }
      microjoules(domain.file)
      domains.push(domain)
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EACCES')
      return {
        meter: 'RAPL',
        reason: 'only root may read the energy counters (since Linux 5.10, CVE-2020-8694)',
        mend: `sudo chmod a+r ${join(folder, 'intel-rapl:*/energy_uj')}`,
      }
  }
  if (domains.length === 0) return { meter: 'RAPL', reason: `there are no energy counters in ${folder}` }
  const read = (): number[] => domains.map(({ file }) => microjoules(file))
  return {
    source:
      `RAPL, ${domains.length === 1 ? 'the processor package' : `${domains.length} processor packages`}, ` +
      'idle subtracted',
    windowNs: 5e7,
    covers: ({ software }) => software,
    during: async (work) => {
      const before = read()
      await work(() => turn())
      return read().reduce((sum, after, i) => sum + joulesBetween(before[i], after, domains[i]), 0)
    },
    close: () => {},
  }
}

/** A counter that went down has reached its end and restarted. */
function joulesBetween(before: number, after: number, { rangeMicrojoules }: Domain): number {
  return (after < before ? after - before + rangeMicrojoules : after - before) * 1e-6
}

function microjoules(file: string): number {
  return Number(readFileSync(file, 'utf8'))
}
