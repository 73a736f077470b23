import type { Cell, Storage } from './cell.ts'

/** The part of a cell that is a choice of the user's, whatever the workload and the device. */
export type Configuration = Pick<
  Cell,
  'method' | 'precision' | 'weights' | 'activations' | 'calibration' | 'transforms'
>

/**
 * A configuration as one word, in a cell's key: `fp32`,
 * `ptq/int8/w8-symmetric-per-channel/a8-affine-per-tensor/entropy`, with transforms behind it.
 */
export function configurationKey(configuration: Configuration): string {
  const { method, precision, weights, activations, calibration, transforms = [] } = configuration
  if (method === 'none') return precision
  return [
    method,
    precision,
    sideKey('w', weights),
    sideKey('a', activations),
    calibration,
    ...transforms,
  ].join('/')
}

function sideKey(letter: 'w' | 'a', { bits, scheme, granularity }: Storage): string {
  return `${letter}${bits}-${scheme}-${granularity}`
}

/** A cell's key: workload, configuration, kernel package, adapter. */
export function cellKey(cell: Configuration & Pick<Cell, 'workload' | 'kernels' | 'adapter'>): string {
  return `${cell.workload}/${configurationKey(cell)}/${cell.kernels}/${cell.adapter}`
}

/**
 * A configuration in words: `FP32`, `INT8, per-channel weights, entropy`. Names scheme and bits only where they are
 * not the default.
 */
export function configurationName({
  method,
  precision,
  weights,
  activations,
  calibration,
  transforms = [],
}: Configuration): string {
  if (method === 'none') return precision.toUpperCase()
  return [
    `${method === 'qat' ? 'QAT ' : ''}${precision.toUpperCase()}`,
    `${weights.bits === 8 ? '' : `${weights.bits}-bit `}${weights.granularity}${weights.scheme === 'symmetric' ? '' : ` ${weights.scheme}`} weights`,
    ...(activations.scheme === 'affine' ? [] : [`${activations.scheme} activations`]),
    calibration,
    ...transforms,
  ].join(', ')
}
