import {
  type Host,
  isDevice,
  type KernelDevice,
  type KernelPackage,
  OctetError,
  referencePackage,
  type Unavailable,
} from '@octet/core'
import type { Discovery } from './kernels.ts'

/** A kernel package with its open device. */
export interface OpenDevice {
  readonly kernels: string
  readonly device: KernelDevice
}

/** A package that was asked for and has no device here. */
export interface MissingDevice {
  readonly kernels: string
  readonly reason: string
  readonly mend: string
}

export interface Devices {
  readonly open: readonly OpenDevice[]
  readonly missing: readonly MissingDevice[]
}

/** `package/adapter`: names a device in results. */
export function deviceName({ kernels, device }: OpenDevice): string {
  return `${kernels}/${device.info.id}`
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
      `the known ones are ${known.map((kernels) => kernels.id).join(', ')}${broken && ` (broken: ${broken})`}`,
    )
  })
}

/** Opens a package's device; one that throws instead of saying that it is unavailable is broken, and unavailable too. */
export async function openKernels(kernels: KernelPackage, host: Host): Promise<KernelDevice | Unavailable> {
  try {
    return await kernels.open(host)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return { unavailable: `its open() failed: ${reason}`, mend: 'this is a fault of the package' }
  }
}

/**
 * Opens a device of each package. Where none opens, the reference steps in, unless the user named a package or an adapter.
 * @throws OctetError when what the user named is not there.
 */
export async function openDevices(
  packages: readonly KernelPackage[],
  host: Host,
  { strict }: { readonly strict: boolean },
): Promise<Devices> {
  const open: OpenDevice[] = []
  const missing: MissingDevice[] = []
  for (const kernels of packages) {
    const opened = await openKernels(kernels, host)
    if (isDevice(opened)) open.push({ kernels: kernels.id, device: opened })
    else missing.push({ kernels: kernels.id, reason: opened.unavailable, mend: opened.mend })
  }
  if (open.length > 0) return { open, missing }
  if (strict)
    throw new OctetError(
      missing.map(({ kernels, reason }) => `${kernels}: ${reason}`).join('; '),
      missing[0]?.mend,
    )
  const reference = await referencePackage.open(host)
  return { open: isDevice(reference) ? [{ kernels: referencePackage.id, device: reference }] : [], missing }
}
