import { OctetError } from '../error.ts'
import { rint } from './rint.ts'

/** An interval of real values that includes both ends. */
export interface Range {
  readonly min: number
  readonly max: number
}

/** The mapping from real values to integers. */
export interface QuantScheme {
  readonly bits: 8 | 4
  readonly signed: boolean
  /**
   * Symmetric: the zero point is the middle of the integers (0 if signed). Affine: the grid keeps both ends of the
   * range.
   */
  readonly symmetric: boolean
  /** Leaves out the lowest signed value: [-127, 127], [-7, 7]. It has an effect on signed schemes only. */
  readonly narrow: boolean
}

/** The default scheme of activations: affine int8. */
export const AFFINE_INT8: QuantScheme = { bits: 8, signed: true, symmetric: false, narrow: false }
/** The default scheme of weights: symmetric int8 in [-127, 127]. */
export const SYMMETRIC_INT8: QuantScheme = { bits: 8, signed: true, symmetric: true, narrow: true }

/**
 * The computation of x/s before rounding. `reciprocal` multiplies by fl32(1/s), like PyTorch and Octet's kernels,
 * because WGSL's division is not exact. `divide` is ONNX's definition, fl32(x/s). They differ at ties only.
 */
export type ScaleBy = 'reciprocal' | 'divide'

/** The smallest and the largest integer that a tensor may hold. */
export interface IntegerLimits {
  readonly qmin: number
  readonly qmax: number
}

/**
 * Scales and zero points of one tensor: `q = clamp(rint(x / scale) + zeroPoint, qmin, qmax)`, `x' = (q - zeroPoint) *
 * scale`. Arrays have length 1 if `axis` is null (per tensor), and otherwise the size of `axis` (per channel). With a
 * block size (per group), there is one entry for each block of `blockSize` elements along the axis, in the tensor's
 * order, as in ONNX.
 */
export interface QParams extends IntegerLimits {
  readonly axis: number | null
  readonly blockSize?: number
  readonly scale: Float32Array
  readonly zeroPoint: Int32Array
  /** How floats are scaled to the grid; left out for `reciprocal`. Grids of a quantized ONNX model divide. */
  readonly by?: ScaleBy
}

export interface QParamsOptions {
  /**
   * The least scale. Default: 2^-63, which keeps the product of two scales a normal float32; an all-zero range then
   * gets scale 1. A given floor also applies to all-zero ranges; PyTorch's observers use 2^-23.
   */
  readonly scaleFloor?: number
}

const DEFAULT_SCALE_FLOOR = 2 ** -63

/** PyTorch's least scale. */
export const TORCH_SCALE_FLOOR: number = 2 ** -23

/** The smallest and the largest integer of a scheme. */
export function integerLimits(scheme: QuantScheme): IntegerLimits {
  const half = 2 ** (scheme.bits - 1)
  return scheme.signed
    ? { qmin: scheme.narrow ? 1 - half : -half, qmax: half - 1 }
    : { qmin: 0, qmax: 2 * half - 1 }
}

/**
 * The range extended to contain 0. Padding and ReLU put exact zeros into tensors, so 0.0 must always be representable.
 */
export function withZero(range: Range): Range {
  return { min: Math.min(range.min, 0) + 0, max: Math.max(range.max, 0) + 0 }
}

/**
 * Whether a range is wider than float32 can hold, so that it has no scale. An affine scheme needs the width of the
 * range.
 */
export function isTooWide({ min, max }: Range, { symmetric }: QuantScheme): boolean {
  return !symmetric && Math.fround(max - min) === Infinity
}

/**
 * Scale and zero point of one range under one scheme, per tensor. See `affineQParams` and `symmetricScale`. A symmetric
 * unsigned scheme has its zero point in the middle (128 of [0, 255]).
 * @throws OctetError if an end of the range is not finite, or if the range is reversed.
 */
export function qparamsFromRange(range: Range, scheme: QuantScheme, options: QParamsOptions = {}): QParams {
  return { ...qparamsPerChannel([range], 0, scheme, options), axis: null }
}

/**
 * Scales and zero points for one range per channel along `axis`.
 * @throws OctetError if an end of a range is not finite, or if a range is reversed.
 */
export function qparamsPerChannel(
  ranges: readonly Range[],
  axis: number,
  scheme: QuantScheme,
  options: QParamsOptions = {},
): QParams {
  const limits = integerLimits(scheme)
  const middle = scheme.signed ? 0 : 2 ** (scheme.bits - 1)
  const scale = new Float32Array(ranges.length)
  const zeroPoint = new Int32Array(ranges.length)
  for (const [channel, range] of ranges.entries()) {
    const one = scheme.symmetric
      ? { scale: symmetricScale(range, limits, options), zeroPoint: middle }
      : affineQParams(range, limits, options)
    scale[channel] = one.scale
    zeroPoint[channel] = one.zeroPoint
  }
  return { ...limits, axis, scale, zeroPoint }
}

/**
 * Scales and zero points for one range per block of `blockSize` elements along `axis`, in the order of `blockRangesOf`.
 * @throws OctetError if an end of a range is not finite, or if a range is reversed.
 */
export function qparamsPerBlock(
  ranges: readonly Range[],
  axis: number,
  blockSize: number,
  scheme: QuantScheme,
  options: QParamsOptions = {},
): QParams {
  return { ...qparamsPerChannel(ranges, axis, scheme, options), blockSize }
}

/**
 * The affine grid, in float32, of the range extended to contain 0: `scale = (max - min) / (qmax - qmin)`, `zeroPoint =
 * clamp(qmin - rint(min / scale), qmin, qmax)`.
 * @throws OctetError if an end is not finite, if the range is reversed, or if its width overflows float32.
 */
export function affineQParams(
  range: Range,
  { qmin, qmax }: IntegerLimits,
  options: QParamsOptions = {},
): { readonly scale: number; readonly zeroPoint: number } {
  const { min, max } = checked(range)
  const width = Math.fround(max - min)
  if (width === Infinity)
    throw new OctetError(`the range [${min}, ${max}] is wider than float32 can say`, MEND)
  const scale = held(Math.fround(width / (qmax - qmin)), width, options)
  const zeroPoint = qmin - rint(Math.fround(min / scale))
  return { scale, zeroPoint: Math.min(qmax, Math.max(qmin, zeroPoint)) }
}

/**
 * The symmetric scale, in float32, of the range extended to contain 0: `max(-min, max) / ((qmax - qmin) / 2)`. The
 * divisor is 127.5 for [-128, 127] and 127 for [-127, 127].
 * @throws OctetError if an end is not finite, or if the range is reversed.
 */
export function symmetricScale(
  range: Range,
  { qmin, qmax }: IntegerLimits,
  options: QParamsOptions = {},
): number {
  const { min, max } = checked(range)
  const furthest = Math.max(-min, max)
  return held(Math.fround(furthest / ((qmax - qmin) / 2)), furthest, options)
}

const MEND = 'look for NaN, infinities or runaway values in the data the range was taken from'

/** The range in float32, extended to contain 0. */
function checked(range: Range): Range {
  const min = Math.fround(range.min)
  const max = Math.fround(range.max)
  if (!Number.isFinite(min) || !Number.isFinite(max) || min > max)
    throw new OctetError(
      `[${range.min}, ${range.max}] is not a range of finite float32 values in order`,
      MEND,
    )
  return withZero({ min, max })
}

/** The scale, raised to its floor if it is lower. `extent` is 0 exactly if the range is all zero. */
function held(scale: number, extent: number, { scaleFloor }: QParamsOptions): number {
  if (extent === 0 && scaleFloor === undefined) return 1
  return Math.max(scale, scaleFloor ?? DEFAULT_SCALE_FLOOR)
}
