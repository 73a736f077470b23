import { type Host, isDevice, type KernelDevice, type KernelPackage, type Unavailable } from '@octet/core'
import { probed } from '@octet/core/conformance'
import { DeviceInfoSchema, faultIn } from '@octet/results'
import { messageOf } from '../show/message.ts'

/**
 * Opens a package's device and probes its arithmetic. A package counts as broken and unavailable if it throws instead
 * of reporting that it is unavailable, or if a results file cannot hold its description.
 */
export async function openKernels(kernels: KernelPackage, host: Host): Promise<KernelDevice | Unavailable> {
  try {
    const opened = await kernels.open(host)
    if (!isDevice(opened))
      return { unavailable: opened.unavailable || 'it gives no reason', mend: opened.mend || PACKAGE_FAULT }
    const fault = faultIn(DeviceInfoSchema, opened.info)
    if (fault === undefined) return await probed(opened)
    await opened.dispose().catch(() => undefined)
    return { unavailable: `the info of its device is not valid ${fault}`, mend: PACKAGE_FAULT }
  } catch (error) {
    return { unavailable: `its open() failed: ${messageOf(error)}`, mend: PACKAGE_FAULT }
  }
}

const PACKAGE_FAULT = 'This is a fault of the package'
