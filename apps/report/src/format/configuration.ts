import { PRECISION } from '@octet/core'
import { type Cell, formatName, type Machine, transformsOf } from '@octet/results'

/**
 * What tells INT8 cells of one granularity and one width apart: the calibration, and whatever is not the default.
 * Empty for floating point.
 */
export function calibrationOf(cell: Cell): string {
  const { method, weights, activations, calibration } = cell
  if (method === 'none') return ''
  return [
    calibration,
    ...(weights.scheme === 'symmetric' ? [] : [`${weights.scheme} weights`]),
    ...(activations.scheme === 'affine' ? [] : [`${activations.scheme} activations`]),
    ...(method === 'qat' ? ['QAT'] : []),
    ...(method === 'plan' ? [formatName(cell)] : []),
  ].join(', ')
}

/**
 * The widths of weights and activations: `W4A8`, `W8A8`; of floating point, where they are one, `FP16`; of a plan,
 * whose layers differ, `mixed`.
 */
export function bitsOf({ method, precision, weights, activations }: Cell): string {
  if (method === 'plan') return precision
  return method === 'none' ? PRECISION[precision].name : `W${weights.bits}A${activations.bits}`
}

/** The corrections of weights and biases by PTQ beyond rounding to nearest; empty for none. */
export function transformsInWords(cell: Cell): string {
  return transformsOf(cell).join(', ')
}

/** Whether some quantized weights are wider than others. */
export function mixesBits(cells: readonly Cell[]): boolean {
  return new Set(cells.filter(({ method }) => method !== 'none').map(bitsOf)).size > 1
}

/** Whether anything was done to the weights of any cell. */
export function hasTransforms(cells: readonly Cell[]): boolean {
  return cells.some((cell) => transformsOf(cell).length > 0)
}

/** Where a cell ran: `package/adapter`. */
export function deviceOf({ kernels, adapter }: Pick<Cell, 'kernels' | 'adapter'>): string {
  return `${kernels}/${adapter}`
}

/** Whether the arithmetic of an adapter runs on the CPU. */
export function isSoftware(adapter: string, machine: Machine): boolean {
  return machine.adapters.some(({ id, software }) => id === adapter && software)
}
