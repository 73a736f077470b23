import { PRECISION } from '@octet/core'
import { type Cell, formatName, type Machine, transformsOf } from '@octet/results'

/**
 * The calibration of an INT8 cell, and all its settings that are not the default. They distinguish the cells of one
 * granularity and one width. Empty for floating point.
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
 * The widths of weights and activations: `W4A8`, `W8A8`. For floating point, the single width: `FP16`. For a plan,
 * whose layers differ: `mixed`.
 */
export function bitsOf({ method, precision, weights, activations }: Cell): string {
  if (method === 'plan') return precision
  return method === 'none' ? PRECISION[precision].name : `W${weights.bits}A${activations.bits}`
}

/** PTQ's corrections of weights and biases beyond rounding to nearest. Empty if there are none. */
export function transformsInWords(cell: Cell): string {
  return transformsOf(cell).join(', ')
}

/** Whether some quantized weights are wider than others. */
export function mixesBits(cells: readonly Cell[]): boolean {
  return new Set(cells.filter(({ method }) => method !== 'none').map(bitsOf)).size > 1
}

/** Whether the weights of any cell have a transform. */
export function hasTransforms(cells: readonly Cell[]): boolean {
  return cells.some((cell) => transformsOf(cell).length > 0)
}

/** The device that a cell ran on: `package/adapter`. */
export function deviceOf({ kernels, adapter }: Pick<Cell, 'kernels' | 'adapter'>): string {
  return `${kernels}/${adapter}`
}

/** Whether the arithmetic of an adapter runs on the CPU. */
export function isSoftware(adapter: string, machine: Machine): boolean {
  return machine.adapters.some(({ id, software }) => id === adapter && software)
}
