import {
  type ExactKernels,
  type Host,
  type KernelDevice,
  type KernelPackage,
  OctetError,
  openReference,
  referencePackage,
  type Unavailable,
} from '@octet/core'
import type { OpenedDevice } from '../measure/jobs.ts'
import type { Reporter } from '../show/reporter.ts'
import type { Discovery } from './kernels.ts'
import type { MissingDevice } from './missing-device.ts'
import { RenewableDevice, type Watching } from './renewable.ts'

export interface Devices<D extends OpenedDevice = KernelDevice> {
  readonly open: readonly RenewableDevice<D>[]
  readonly missing: readonly MissingDevice[]
}

/**
 * The packages that a `--kernels` list names, where `reference` is a valid name. Without a list, all discovered
 * packages.
 * @throws OctetError with the known names, if a name is unknown.
 */
export function chooseKernels(
  { found, faults }: Discovery,
  wanted: readonly string[] | undefined,
): KernelPackage[] {
  const known = [...found.map(({ kernels }) => kernels), referencePackage]
  if (wanted === undefined) return found.map(({ kernels }) => kernels)
  return wanted.map((id) => {
    const chosen = known.find((kernels) => kernels.id === id)
    if (chosen !== undefined) return chosen
    const broken = faults.map((fault) => `${fault.package}: ${fault.fault}`).join('; ')
    throw new OctetError(
      `there are no kernels "${id}"`,
      `the known values are ${known.map((kernels) => kernels.id).join(', ')}${broken && ` (broken: ${broken})`}`,
    )
  })
}

/**
 * Opens a device of each package in this process. With `first`, it stops at the first package that has a device. If no
 * device opens, the reference replaces them, unless the user named a package or an adapter.
 * @throws OctetError if a device that the user named is missing.
 */
export async function openDevices(
  packages: readonly KernelPackage[],
  host: Host,
  { strict, first = false, ...watching }: Watching & { readonly strict: boolean; readonly first?: boolean },
): Promise<Devices> {
  const opener = (kernels: KernelPackage): Promise<RenewableDevice | Unavailable> =>
    RenewableDevice.open(kernels, host, watching)
  const devices = await openEach(packages, opener, first)
  if (devices.open.length > 0) return devices
  if (strict) throw noDevice(devices)
  return { ...devices, open: [renewableReference(watching.reporter)] }
}

/** Opens a device of each package with `opener`. With `first`, it stops at the first package that has a device. */
export async function openEach<D extends OpenedDevice>(
  packages: readonly KernelPackage[],
  opener: (kernels: KernelPackage) => Promise<RenewableDevice<D> | Unavailable>,
  first = false,
): Promise<Devices<D>> {
  const open: RenewableDevice<D>[] = []
  const missing: MissingDevice[] = []
  for (const kernels of packages) {
    if (first && open.length > 0) break
    const opened = await opener(kernels)
    if (opened instanceof RenewableDevice) open.push(opened)
    else missing.push({ kernels: kernels.id, reason: opened.unavailable, mend: opened.mend })
  }
  return { open, missing }
}

/** The fault if there is no device at all. */
export function noDevice({ missing }: Pick<Devices, 'missing'>): OctetError {
  return new OctetError(
    missing.map(({ kernels, reason }) => `${kernels}: ${reason}`).join('; '),
    missing[0]?.mend,
  )
}

/** The reference, which is always available. `exact` kernels compute in its place. */
export function renewableReference(reporter: Reporter, exact?: ExactKernels): RenewableDevice {
  const open = async (): Promise<KernelDevice> => openReference(exact)
  return new RenewableDevice(referencePackage.id, openReference(exact), open, { reporter })
}
