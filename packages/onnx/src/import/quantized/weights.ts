import {
  quantize,
  quantizeBias,
  type QParams,
  type QuantizedWeights,
  type Tensor,
  type Weights,
} from '@octet/core'
import type { HeldIntegers } from './integers.ts'

/** Integer types of weights, by their numbers (onnx.proto): the shift to int8, and the range after it. */
const WEIGHT_TYPES: ReadonlyMap<number, readonly [moved: number, qmin: number, qmax: number]> = new Map([
  [2, [128, -128, 127]],
  [3, [0, -128, 127]],
  [21, [8, -8, 7]],
  [22, [0, -8, 7]],
])
const INT32 = 6
/** The largest relative difference between a bias's scale and the product of the scales of input and weight. */
const SAME_SCALE = 1e-4

/**
 * The integers of a layer's weights among the file's integers. They lie on a grid per output channel or per tensor, and
 * represent the weights in every bit. Undefined if there are none.
 */
export function integerWeights(
  { weight, bias }: Weights,
  input: QParams,
  constants: readonly HeldIntegers[],
): QuantizedWeights | undefined {
  const outputs = weight.shape[0]
  for (const held of constants) {
    const grid = gridBy(held, outputs)
    if (grid === undefined || held.values.length !== weight.data.length) continue
    const integers = quantize('int8', weight, grid)
    if (!means(integers, grid, weight)) continue
    return { weight: integers, qparams: grid, bias: integerBias(bias, input.scale[0], grid.scale, constants) }
  }
  return undefined
}

/** A constant's per-tensor grid, if it has one. A layer reads such a constant like an activation. */
export function constantGrid(
  constant: Tensor<'float32'>,
  constants: readonly HeldIntegers[],
): QParams | undefined {
  for (const held of constants) {
    const grid = held.scale?.length === 1 ? gridBy(held, 1) : undefined
    if (grid === undefined || held.values.length !== constant.data.length) continue
    if (means(quantize('int8', constant, grid), grid, constant)) return grid
  }
  return undefined
}

/** The int8 form of a grid with at most 8 bits, per tensor or per output channel. */
function gridBy({ type, scale, zeroPoint }: HeldIntegers, outputs: number): QParams | undefined {
  const kind = WEIGHT_TYPES.get(type)
  if (kind === undefined || scale === undefined || (scale.length !== 1 && scale.length !== outputs))
    return undefined
  if (!scale.every((step) => step > 0 && step < Infinity)) return undefined
  const [moved, qmin, qmax] = kind
  return {
    axis: scale.length === 1 ? null : 0,
    scale,
    zeroPoint: Int32Array.from(zeroPoint, (point) => point - moved),
    qmin,
    qmax,
    by: 'divide',
  }
}

function means(integers: Tensor<'int8'>, { scale, zeroPoint }: QParams, floats: Tensor<'float32'>): boolean {
  const run = floats.data.length / (scale.length === 1 ? 1 : floats.shape[0])
  return floats.data.every((value, i) => {
    const at = scale.length === 1 ? 0 : Math.floor(i / run)
    return Math.fround((integers.data[i] - zeroPoint[at]) * scale[at]) === value
  })
}

/** The file's own integers, if the file has them at the product of both scales. Otherwise the nearest integers. */
function integerBias(
  bias: Float32Array,
  input: number,
  weight: Float32Array,
  constants: readonly HeldIntegers[],
): Int32Array {
  const unit = (m: number): number => input * weight[weight.length === 1 ? 0 : m]
  const held = constants.find(
    ({ type, values, scale, zeroPoint, tensor: { data } }) =>
      type === INT32 &&
      scale !== undefined &&
      values.length === bias.length &&
      zeroPoint.every((point) => point === 0) &&
      data.every((value, m) => value === bias[m]) &&
      values.every((_, m) => Math.abs(scale[scale.length === 1 ? 0 : m] / unit(m) - 1) < SAME_SCALE),
  )
  return held === undefined ? quantizeBias(bias, input, weight) : Int32Array.from(held.values)
}
