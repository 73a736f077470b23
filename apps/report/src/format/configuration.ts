import type { Cell, Machine } from '@octet/results'

/**
 * What tells INT8 cells of one granularity and one width apart: the calibration, and whatever is not the default.
 * Empty for floating point.
 */
export function calibrationOf({ method, precision, weights, activations, calibration }: Cell): string {
  if (precision !== 'int8') return ''
  return [
    calibration,
    ...(weights.scheme === 'symmetric' ? [] : [`${weights.scheme} weights`]),
    ...(activations.scheme === 'affine' ? [] : [`${activations.scheme} activations`]),
    ...(method === 'qat' ? ['QAT'] : []),
  ].join(', ')
}

/** The widths of weights and activations: `W4A8`, `W8A8`; of floating point, where they are one, `FP16`. */
export function bitsOf({ precision, weights, activations }: Cell): string {
  return precision === 'int8' ? `W${weights.bits}A${activations.bits}` : precision.toUpperCase()
}

/** What PTQ did to weights and biases beyond rounding to nearest; empty for nothing. */
export function transformsOf({ transforms }: Cell): string {
  return transforms?.join(', ') ?? ''
}

/** Whether some quantized weights are wider than others. */
export function mixesBits(cells: readonly Cell[]): boolean {
  return new Set(cells.filter(({ precision }) => precision === 'int8').map(bitsOf)).size > 1
}

/** Whether anything was done to the weights of any cell. */
export function hasTransforms(cells: readonly Cell[]): boolean {
  return cells.some(({ transforms }) => transforms !== undefined)
}

/** Where a cell ran: `package/adapter`. */
export function deviceOf({ kernels, adapter }: Pick<Cell, 'kernels' | 'adapter'>): string {
  return `${kernels}/${adapter}`
}

/** Whether the arithmetic of an adapter runs on the CPU. */
export function isSoftware(adapter: string, machine: Machine): boolean {
  return machine.adapters.some(({ id, software }) => id === adapter && software)
}
