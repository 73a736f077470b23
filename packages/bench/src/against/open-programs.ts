import { Calibration, load, lower, type Program } from '@octet/core'
import { median, repeatsWithin, warmUp } from '@octet/core/statistics'
import { openFor, discoverFor } from '../sweep/open-devices.ts'
import type { RenewableDevice } from '../discover/renewable.ts'
import { SILENT } from '../show/reporter.ts'
import { attemptAsync } from '../sweep/attempt.ts'
import { keyAt } from '../sweep/cell.ts'
import { configurations, configure } from '../sweep/configurations.ts'
import { whollyUnsupported } from '../sweep/on-devices.ts'
import type { SweepOptions } from '../sweep/options.ts'
import { calibrationBatches } from '../sweep/seen.ts'
import { openSubjects, type Subject } from '../sweep/subject.ts'
import { programName } from '../sweep/timings.ts'
import type { Loaded, Opened, OpenedEntrant } from './opened.ts'

/** The most repetitions of one turn. */
const MOST_REPEATS = 200

/**
 * The programs of a sweep on every device that opens on this machine. The numbers in a model do not change the time of
 * its program, so one calibration with one batch makes each program, and nothing measures accuracy.
 */
export async function openPrograms(given: SweepOptions): Promise<Opened> {
  const options: SweepOptions = {
    ...given,
    methods: ['ptq'],
    calibrations: given.calibrations.slice(0, 1),
    samples: 1,
  }
  const subjects = await openSubjects(options, SILENT)
  const discovery = await discoverFor(options, subjects, [], SILENT)
  const { devices } = await openFor(options, discovery, { fallen: [], before: [] }, { reporter: SILENT })
  const entrants: OpenedEntrant[] = []
  const left = [
    ...discovery.faults.map(({ package: name, fault }) => `${name}: ${fault}`),
    ...devices.missing.map(({ kernels, reason }) => `${kernels}: ${reason}`),
  ]
  for (const subject of subjects) {
    const [batch] = calibrationBatches(subject.workload)
    const calibration = new Calibration(subject.model, subject.workload.normalizer, [batch])
    for (const configuration of configurations(options)) {
      const made = await attemptAsync(async () =>
        lower(await configure(subject.model, calibration, configuration), {
          batch: 1,
          normalizer: subject.workload.normalizer,
        }),
      )
      for (const device of devices.open) {
        const place = {
          workload: subject.info.id,
          configuration,
          kernels: device.kernels,
          adapter: device.device.info.id,
        }
        const key = keyAt(place)
        const reason = 'fault' in made ? made.fault : await whollyUnsupported(made.value, device)
        if ('value' in made && reason === undefined)
          entrants.push({
            key,
            device: device.name,
            work: `${subject.info.id} ${programName(made.value)}`,
            load: () => loadProgram(made.value, device, subject),
          })
        else left.push(`${key}: ${reason}`)
      }
    }
  }
  return { entrants, left }
}

function loadProgram(
  program: Program,
  device: RenewableDevice,
  { sample }: Pick<Subject, 'sample'>,
): Promise<Loaded> {
  return device.use(async (open) => {
    const execution = await load(program, open)
    await execution.run(sample)
    let repeats = 1
    const time = async (count: number): Promise<number> =>
      Math.max(1, median((await execution.time(count)).ns))
    const least = async (count: number): Promise<number> =>
      Math.max(1, Math.min(...(await execution.time(count)).ns))
    return {
      fill: async (regionNs) => {
        const ns = await warmUp(time, regionNs, MOST_REPEATS)
        repeats = repeatsWithin(regionNs, ns, MOST_REPEATS)
        return repeats * ns
      },
      turn: () => least(repeats),
      free: () => execution.dispose(),
    }
  })
}
