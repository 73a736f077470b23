import { type KernelPackage, referencePackage, type Unavailable } from '@octet/core'
import type { CaseResult, ConformanceCase } from '@octet/core/conformance'
import { type Devices, noDevice, openEach } from '../discover/devices.ts'
import type { DiscoveredKernels } from '../discover/kernels.ts'
import { RenewableDevice, type Watching } from '../discover/renewable.ts'
import type { RemoteDevice } from '../measure/jobs.ts'
import { checkOf } from '../vet/withheld.ts'
import { withheldLine } from '../vet/vet.ts'
import type { Harness } from './harness.ts'
import { type Tried, tryKernels } from './try-kernels.ts'

interface Wanted {
  readonly found: readonly DiscoveredKernels[]
  readonly adapter: string
  /** The cases that a device must pass before Octet trusts it. */
  readonly cases: readonly ConformanceCase[]
}

/** The devices of a browser. */
export interface BrowserDevices extends Devices<RemoteDevice> {
  /** The results of these cases, by the package's id. */
  readonly tried: ReadonlyMap<string, readonly CaseResult[]>
}

/**
 * Opens a device of each package in the browser, and runs the trial cases on it first.
 * @throws OctetError if no device opens.
 */
export async function openInBrowser(
  chosen: readonly KernelPackage[],
  harness: Harness,
  { found, adapter, cases }: Wanted,
  watching: Watching,
): Promise<BrowserDevices> {
  const { reporter } = watching
  const tried = new Map<string, readonly CaseResult[]>()
  const devices = await openEach(
    chosen,
    async ({ id }): Promise<RenewableDevice<RemoteDevice> | Unavailable> => {
      const name = found.find(({ kernels }) => kernels.id === id)?.name ?? referencePackage.id
      const fault = harness.faults.get(name)
      if (fault !== undefined) return { unavailable: fault, mend: 'Fix the package' }
      reporter.stage(`${id}: trying it in ${harness.name}`)
      const trial: Tried | Unavailable = await tryKernels(() => harness.open(name, adapter), cases)
      if ('unavailable' in trial) return trial
      const { results, withheld } = trial
      tried.set(id, results)
      for (const one of withheld) reporter.log(withheldLine(checkOf(id, one)))
      const opener = async (wanted: string): Promise<RemoteDevice | Unavailable> => {
        const opened = await harness.open(name, wanted)
        if (!('unavailable' in opened) && withheld.length > 0) await opened.withhold(withheld)
        return opened
      }
      return RenewableDevice.openBy(id, opener, adapter, watching)
    },
  )
  if (devices.open.length === 0) throw noDevice(devices)
  return { ...devices, tried }
}
