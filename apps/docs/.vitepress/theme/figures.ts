import {
  AFFINE_INT8,
  dequantize,
  qparamsFromRange,
  type QuantScheme,
  quantize,
  sqnrDb,
  SYMMETRIC_INT8,
  tensor,
} from '@octet/core'
import { Random } from '@octet/core/statistics'

const COUNT = 200
/** The value far from all others. */
const FAR = 7

/** COUNT values of a normal distribution with mean 0 and deviation 1, the same at each call, and one far value. */
export function sampleValues(): Float32Array {
  const random = new Random(1)
  return Float32Array.from({ length: COUNT + 1 }, (_, i) => (i < COUNT ? random.normal() : FAR))
}

/** What the reader sets. */
export interface Settings {
  /** The ends of the calibrated range: `from` is at most 0, and `to` is at least 0. */
  readonly from: number
  readonly to: number
  readonly bits: QuantScheme['bits']
  readonly symmetric: boolean
}

/** Values on a grid of integers, and what the grid does to them. */
export interface Figures {
  readonly scale: number
  readonly zeroPoint: number
  readonly qmin: number
  readonly qmax: number
  /** The smallest and the largest value that an integer stands for. */
  readonly lo: number
  readonly hi: number
  /** The integer of each value, and the value that it stands for. */
  readonly integers: readonly number[]
  readonly restored: readonly number[]
  /** Whether each value lies more than half a step outside of [lo, hi], so that its integer is clamped. */
  readonly clipped: readonly boolean[]
  /** The number of distinct integers in use. */
  readonly used: number
  /** The SQNR of the restored values in dB, and the same of the first COUNT values alone. */
  readonly sqnrDb: number
  readonly nearSqnrDb: number
}

/**
 * Quantizes values per tensor with the functions of core.
 * @throws OctetError if the range is reversed.
 */
export function figuresOf(values: Float32Array, { from, to, bits, symmetric }: Settings): Figures {
  const scheme = { ...(symmetric ? SYMMETRIC_INT8 : AFFINE_INT8), bits }
  const qparams = qparamsFromRange({ min: from, max: to }, scheme)
  const x = tensor('float32', [values.length], values)
  const q = quantize('int8', x, qparams)
  const restored = dequantize(q, qparams)
  const { qmin, qmax } = qparams
  const [scale] = qparams.scale
  const [zeroPoint] = qparams.zeroPoint
  const [lo, hi] = [qmin, qmax].map((end) => (end - zeroPoint) * scale)
  return {
    scale,
    zeroPoint,
    qmin,
    qmax,
    lo,
    hi,
    integers: Array.from(q.data),
    restored: Array.from(restored.data),
    clipped: Array.from(values, (value) => value < lo - scale / 2 || value > hi + scale / 2),
    used: new Set(q.data).size,
    sqnrDb: sqnrDb(values, restored.data),
    nearSqnrDb: sqnrDb(values.subarray(0, COUNT), restored.data.subarray(0, COUNT)),
  }
}
