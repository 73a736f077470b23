import { OctetError } from '../error.ts'
import type { Clamp, Constants } from '../kernel/spec.ts'
import type { Layer } from '../model/layers.ts'
import {
  LARGEST_SUM,
  requantizeMultiplier,
  rint,
  type FixedPointRounding,
  type QParams,
} from '../numerics/index.ts'
import type { QuantizedModel, QuantizedWeights } from '../ptq/model.ts'
import { sumsOf } from '../ptq/room.ts'
import { activationOf } from '../reference/activation.ts'
import type { Arithmetic, Conversions } from './arithmetic.ts'
import { joiningTables, tableOf } from './table.ts'

/** Grids of tensors, and the integers of layers. */
export type Integers = Pick<QuantizedModel, 'activations' | 'weights'>

/** INT8: every multiplier and every table is made on the host, in float32, in one place. */
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
    dequantize: (name) => ({ kind: 'dequantize', ...side(name) }),
    constants: (layer, divisors): Constants => {
      const x = grid(layer.inputs[0])
      const y = grid(layer.output)
      const clamp = clampOn(y, layer.clamp)
      const [inputZeroPoint, outputZeroPoint] = [x.zeroPoint[0], y.zeroPoint[0]]
      switch (layer.node.op) {
        case 'Conv':
        case 'Gemm': {
          const weights = source.weights.get(layer.name)!
          requireRoom(layer, weights, x)
          const { weight, bias, qparams } = weights
          const at = (values: Float32Array | Int32Array, m: number): number =>
            values[values.length === 1 ? 0 : m]
          const multiplier = Float32Array.from(bias, (_, m) =>
            requantizeMultiplier(x.scale[0], at(qparams.scale, m), y.scale[0]),
          )
          const zeroPoints = Int32Array.from(bias, (_, m) => at(qparams.zeroPoint, m))
          return {
            kind: 'int-weights',
            weight,
            bias,
            multiplier,
            inputZeroPoint,
            weightZeroPoints: zeroPoints,
            outputZeroPoint,
            clamp,
          }
        }
        case 'MatMul': {
          const b = grid(layer.inputs[1])
          const multiplier = requantizeMultiplier(x.scale[0], b.scale[0], y.scale[0])
          return {
            kind: 'int-matmul',
            multiplier,
            aZeroPoint: inputZeroPoint,
            bZeroPoint: b.zeroPoint[0],
            outputZeroPoint,
            clamp,
          }
        }
        case 'Add':
        case 'Mul':
          return {
            kind: layer.node.op === 'Add' ? 'int-add' : 'int-mul',
            a: side(layer.inputs[0]),
            b: side(layer.inputs[1]),
            inverseScale: Math.fround(1 / y.scale[0]),
            outputZeroPoint,
            clamp,
          }
        case 'Concat':
          return { kind: 'int-concat', tables: joiningTables(layer.inputs.map(grid), y) }
        case 'Sigmoid':
        case 'HardSwish':
          return { kind: 'int-table', table: tableOf(activationOf({ op: layer.node.op }), x, y) }
        case 'HardSigmoid': {
          const activation = { op: layer.node.op, ...layer.node.attributes }
          return { kind: 'int-table', table: tableOf(activationOf(activation), x, y) }
        }
        case 'AveragePool':
        case 'GlobalAveragePool': {
          const ratio = Math.fround(x.scale[0] / y.scale[0])
          return {
            kind: 'int-average',
            inputZeroPoint,
            multipliers: divisors!.map((n) => ratio / n),
            outputZeroPoint,
            clamp,
          }
        }
        default:
          return { kind: 'clamp', clamp }
      }
    },
  }
}

/** @throws OctetError naming a layer whose sums could leave int32. */
function requireRoom({ name, node }: Layer, weights: QuantizedWeights, input: QParams): void {
  const channel = sumsOf(weights, input).findIndex((sum) => sum > LARGEST_SUM)
  if (channel >= 0)
    throw new OctetError(
      `${node.op} "${name}": sums of output channel ${channel} can leave int32`,
      'quantize the model again, which raises the scale of such a channel, or keep this layer in fp16 or fp32',
    )
}

/** A fused activation's bounds on an integer grid: rint(fl32(bound * fl32(1/s))) + z, held to [qmin, qmax]. */
function clampOn({ scale, zeroPoint, qmin, qmax }: QParams, bounds: Clamp): Clamp {
  const inverse = Math.fround(1 / scale[0])
  const [lo, hi] = bounds.map((bound) => {
    if (!Number.isFinite(bound)) return bound < 0 ? qmin : qmax
    return Math.min(Math.max(rint(Math.fround(bound * inverse)) + zeroPoint[0], qmin), qmax)
  })
  return [lo, hi]
}
