import { OctetError } from '../error.ts'
import type { Layer } from '../model/layers.ts'
import {
  channelPastInt32,
  reachOf,
  rint,
  scaling,
  type FixedPointRounding,
  type QParams,
} from '../numerics/index.ts'
import { layerOp } from '../ops/list.ts'
import type { QuantizedWeights } from '../ops/record.ts'
import type { Clamp, Constants } from '../ops/spec.ts'
import type { QuantizedModel } from '../model/quantized.ts'
import type { Arithmetic, Conversions } from './arithmetic.ts'

/** The grids of tensors, and the integers of layers. */
export type Integers = Pick<QuantizedModel, 'activations' | 'weights'>

/** INT8. The host computes every multiplier and every table in float32, here and nowhere else. */
export function integerArithmetic(
  source: Integers,
  fixedPoint?: FixedPointRounding,
): Arithmetic & Conversions {
  const grid = (name: string): QParams => {
    const qparams = source.activations.get(name)
    if (qparams === undefined) throw new OctetError(`tensor "${name}" has no scale`)
    return qparams
  }
  const side = (name: string): { scale: number; zeroPoint: number } => {
    const { scale, zeroPoint } = grid(name)
    return { scale: scale[0], zeroPoint: zeroPoint[0] }
  }
  return {
    dtype: 'int8',
    grid,
    ...(fixedPoint && { fixedPoint }),
    weightTraits: (layer) => {
      const { zeroPoint, qmin, qmax } = source.weights.get(layer.name)!.qparams
      return {
        weightZeroPoints: zeroPoint.some((z) => z !== 0),
        ...(qmin >= -8 && qmax <= 7 && { weightBits: 4 as const }),
      }
    },
    quantize: (name) => {
      const { scale, zeroPoint, qmin, qmax } = grid(name)
      return {
        kind: 'quantize',
        inverseScale: Math.fround(1 / scale[0]),
        zeroPoint: zeroPoint[0],
        clamp: [qmin, qmax],
      }
    },
    divideQuantize: (name) => {
      const { by, qmin, qmax } = grid(name)
      return by === 'divide' ? { kind: 'divide-quantize', ...side(name), clamp: [qmin, qmax] } : undefined
    },
    dequantize: (name) => ({ kind: 'dequantize', ...side(name) }),
    constants: (layer, spec): Constants => {
      const inputs = layer.inputs.map(grid)
      const output = grid(layer.output)
      const weights = source.weights.get(layer.name)
      if (weights !== undefined) requireRoom(layer, weights, inputs[0])
      const grids = { inputs, output, clamp: clampOn(output, layer.clamp), weights }
      return layerOp(layer.node).integers!.constants(layer.node, grids, spec)
    },
  }
}

/** @throws OctetError naming a layer whose sums could leave int32. */
function requireRoom({ name, node }: Layer, weights: QuantizedWeights, input: QParams): void {
  const { weight, qparams, bias } = weights
  const channel = channelPastInt32(weight.data, qparams.zeroPoint, bias, reachOf(input))
  if (channel >= 0)
    throw new OctetError(
      `${node.op} "${name}": sums of output channel ${channel} can leave int32`,
      'quantize the model again, which raises the scale of such a channel, or keep this layer in fp16 or fp32',
    )
}

/** A fused activation's bounds as integers of a grid, limited to [qmin, qmax]. */
export function clampOn(grid: QParams, bounds: Clamp): Clamp {
  const { zeroPoint, qmin, qmax } = grid
  const onto = scaling(grid)
  const [lo, hi] = bounds.map((bound) => {
    if (!Number.isFinite(bound)) return bound < 0 ? qmin : qmax
    return Math.min(Math.max(rint(onto(bound)) + zeroPoint[0], qmin), qmax)
  })
  return [lo, hi]
}
