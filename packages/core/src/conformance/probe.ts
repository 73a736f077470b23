import { inert } from '../inert.ts'
import { type DeviceInfo, FUSED, type KernelDevice } from '../kernel/contract.ts'
import { overlay } from '../kernel/overlay.ts'
import { probeCases } from './case.ts'
import { judge } from './run.ts'

const INEXACT = 'inexact: '
/** The most characters that are quoted from a device's exception. */
const MOST = 300

/**
 * Compares a device that has just opened with the reference, on a few thousand INT8 results beside ties (a part of the
 * kit). On the returned device, `info.modes.arithmetic` says `exact`, `inexact` with the first case that differs, or
 * that the device has no op to try.
 */
export async function probed(device: KernelDevice): Promise<KernelDevice> {
  const arithmetic = await arithmeticOf(device)
  return overlay(device, { info: { ...device.info, modes: { ...device.info.modes, arithmetic } } })
}

async function arithmeticOf(device: KernelDevice): Promise<string> {
  let tried = 0
  for (const one of probeCases()) {
    const { status, detail } = await judge(device, one)
    if (status === 'failed') return `${INEXACT}${one.name}: ${inert(detail ?? '', MOST)}`
    tried += Number(status === 'passed')
  }
  return tried > 0 ? 'exact' : 'not probed: no INT8 kernels'
}

/** The reason why a probed device may not compute accuracy: its results differ from other devices' results. */
export function inexactness({ modes }: DeviceInfo): string | undefined {
  const { arithmetic, fp32 } = modes
  if (arithmetic?.startsWith(INEXACT))
    return `its INT8 arithmetic is not exact: ${arithmetic.slice(INEXACT.length)}`
  return fp32?.startsWith(FUSED)
    ? 'its floats are fused, so that their bits depend on engine and CPU'
    : undefined
}
