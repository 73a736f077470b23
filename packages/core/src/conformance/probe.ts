import { inert } from '../inert.ts'
import { type DeviceInfo, FUSED, type KernelDevice } from '../kernel/contract.ts'
import { overlay } from '../kernel/overlay.ts'
import { probeCases } from './case.ts'
import { judge } from './run.ts'

const INEXACT = 'inexact: '
/** The most characters of a device's exception that are quoted. */
const MOST = 300

/**
 * A device that has just opened, after a few thousand INT8 results beside ties (the kit's own, thinned out) were
 * compared with the reference. `info.modes.arithmetic` says `exact`, `inexact` with the first case that differs, or
 * that there was nothing to try.
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

/** Why a probed device may not compute accuracy: its results differ from those of other devices. */
export function inexactness({ modes }: DeviceInfo): string | undefined {
  const { arithmetic, fp32 } = modes
  if (arithmetic?.startsWith(INEXACT))
    return `its INT8 arithmetic is not exact: ${arithmetic.slice(INEXACT.length)}`
  return fp32?.startsWith(FUSED)
    ? 'its floats are fused, so that their bits depend on engine and CPU'
    : undefined
}
