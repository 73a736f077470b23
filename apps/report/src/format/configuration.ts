import type { Cell, Machine } from '@octet/results'

/** What tells INT8 cells of one granularity apart: the calibration, and whatever is not the default. Empty for floating point. */
export function calibrationOf({ method, precision, weights, activations, calibration }: Cell): string {
  if (precision !== 'int8') return ''
  return [
    calibration,
    ...(weights.bits === 8 ? [] : [`${weights.bits}-bit weights`]),
    ...(weights.scheme === 'symmetric' ? [] : [`${weights.scheme} weights`]),
    ...(activations.scheme === 'affine' ? [] : [`${activations.scheme} activations`]),
    ...(method === 'qat' ? ['QAT'] : []),
  ].join(', ')
}

/** Where a cell ran: `package/adapter`. */
export function deviceOf({ kernels, adapter }: Pick<Cell, 'kernels' | 'adapter'>): string {
  return `${kernels}/${adapter}`
}

/** Whether the arithmetic of an adapter runs on the CPU. */
export function isSoftware(adapter: string, machine: Machine): boolean {
  return machine.adapters.some(({ id, software }) => id === adapter && software)
}
