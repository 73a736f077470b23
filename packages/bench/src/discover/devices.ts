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
 * The packages that a `--kernels` list names, `reference` among them; without a list all that were discovered.
 * @throws OctetError naming the known ones when one is not there.
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
 * Opens a device of each package in this process, or with `first` of the first package that has one. Where
 * none opens, the reference steps in, unless the user named a package or an adapter.
 * @throws OctetError when what the user named is not there.
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

/** Opens a device of each package by `opener`, or with `first` of the first package that has one. */
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

/** The fault of having no device at all. */
export function noDevice({ missing }: Pick<Devices, 'missing'>): OctetError {
  return new OctetError(
    missing.map(({ kernels, reason }) => `${kernels}: ${reason}`).join('; '),
    missing[0]?.mend,
  )
}

/** The reference, which is everywhere; `exact` kernels compute in its stead. */
export function renewableReference(reporter: Reporter, exact?: ExactKernels): RenewableDevice {
  const open = async (): Promise<KernelDevice> => openReference(exact)
  return new RenewableDevice(referencePackage.id, openReference(exact), open, { reporter })
}
