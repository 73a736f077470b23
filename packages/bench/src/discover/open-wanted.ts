import type { Check } from '@octet/core'
import { chooseKernels, openDevices } from './devices.ts'
import { hostOf } from './host.ts'
import { discoverKernels } from './kernels.ts'
import type { RenewableDevice, Watching } from './renewable.ts'
import { packageRoots } from './roots.ts'
import { type Vetting, withheldLine } from '../vet/vet.ts'

interface WantedFlags {
  readonly kernels?: readonly string[]
  readonly adapter: string
  /** Whether the first device that opens is enough. */
  readonly first?: boolean
}

/** The devices that `--kernels` and `--adapter` select. */
interface Wanted {
  readonly open: readonly RenewableDevice[]
  /** Ops that the devices decline because they failed their trial. */
  readonly withheld: readonly Check[]
}

/**
 * Opens the devices that `--kernels` and `--adapter` request, and tries them first. The reporter names every package
 * that is left out.
 * @throws OctetError if a device that the user named is missing.
 */
export async function openWanted(
  { kernels, adapter, first = false }: WantedFlags,
  trial: Pick<Vetting, 'cases' | 'withhold'>,
  { reporter, witness }: Watching,
): Promise<Wanted> {
  const host = hostOf(reporter, adapter)
  const withheld: Check[] = []
  const discovery = await discoverKernels(packageRoots(), {
    ...trial,
    host,
    ...(kernels && { wanted: kernels }),
    reporter,
    onStage: (words) => reporter.stage(words),
    onWithheld: (check) => {
      withheld.push(check)
      reporter.log(withheldLine(check))
    },
  })
  for (const { package: name, fault } of discovery.faults) reporter.log(`${name} is left out: ${fault}`)
  const { open, missing } = await openDevices(chooseKernels(discovery, kernels), host, {
    strict: kernels !== undefined || adapter !== 'auto',
    first,
    reporter,
    witness,
  })
  for (const { kernels: name, reason, mend } of missing)
    reporter.log(`${name} is left out: ${reason}. ${mend}`)
  return { open, withheld }
}
