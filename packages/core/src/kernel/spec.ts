import type { Pads, Window } from '../model/graph.ts'
import { type FixedPointRounding, type Precision, precisionStoredAs } from '../numerics/index.ts'
import type { DType } from '../tensor/dtype.ts'
import type { Shape, Tensor } from '../tensor/tensor.ts'

export type { Precision }

/** dtype and logical shape (ONNX order, batch included). How it lies in memory is the device's own business. */
export interface TensorSpec {
  readonly dtype: DType
  readonly shape: Shape
}

interface SpecOf<Op extends string> {
  readonly op: Op
  readonly inputs: readonly TensorSpec[]
  readonly output: TensorSpec
}

/**
 * What a kernel is compiled for: op, dtypes, shapes and structure, never the numbers (weights, scales, zero points),
 * which are `Constants`. Two calibrations of one model have equal specs, hence one program and one latency.
 */
export type OpSpec =
  | ConvSpec
  | GemmSpec
  | MatMulSpec
  | AddSpec
  | MulSpec
  | ConcatSpec
  | MaxPoolSpec
  | AveragePoolSpec
  | ClipSpec
  | ActivationSpec
  | ReshapeSpec
  | SoftmaxSpec
  | NormalizeSpec
  | QuantizeLinearSpec
  | DequantizeLinearSpec

/**
 * int8 ops that rescale sums. Where `fixedPoint` is given they do it in integers alone, for parity with
 * microcontrollers: each float32 multiplier m is taken as the Q31 number of `fixedPointMultiplier(m)`, and
 * `multiplyByFixedPoint` rounds as said. Only the reference has this; any other device declines it.
 */
interface Rescaling {
  readonly fixedPoint?: FixedPointRounding
}

/** What is known of int8 weights before their values are. */
export interface WeightTraits {
  /** Whether any weight zero point is not 0, so that the kernel must correct for it. */
  readonly weightZeroPoints: boolean
  /**
   * Every weight lies in [-8, 7], so a kernel may hold two of them in a byte; the results are the same if it does
   * not.
   */
  readonly weightBits?: 4
}

/**
 * x [N,C,H,W] -> y [N,M,oH,oW]. Depthwise is `group` = C. Constants: float-weights or int-weights, weight
 * [M,C/group,kH,kW].
 */
export interface ConvSpec extends SpecOf<'Conv'>, Window, Rescaling, WeightTraits {
  readonly group: number
}
/** x [M,K] -> y [M,N]. Constants: float-weights or int-weights, weight [N,K]: one row an output. */
export interface GemmSpec extends SpecOf<'Gemm'>, Rescaling, WeightTraits {}
/** a [M,K], b [K,N], both activations -> [M,N]. Constants: clamp or int-matmul. */
export interface MatMulSpec extends SpecOf<'MatMul'>, Rescaling {}
/** Two inputs of one shape. Constants: clamp or int-add. */
export interface AddSpec extends SpecOf<'Add'>, Rescaling {}
/** a of any shape; b of the same, or [N,C,1,1] beside [N,C,H,W]: one factor a channel. Constants: clamp or int-mul. */
export interface MulSpec extends SpecOf<'Mul'>, Rescaling {}
/**
 * Two inputs or more, equal in all sizes but that of `axis` (counted from 0), joined in order. Constants: none or
 * int-concat.
 */
export interface ConcatSpec extends SpecOf<'Concat'> {
  readonly axis: number
}
/** [N,C,H,W]; padding never wins. Constants: none. int8 keeps its qparams. */
export interface MaxPoolSpec extends SpecOf<'MaxPool'>, Window {}
/**
 * [N,C,H,W]. The divisor is kH*kW when padding is counted, else the number of positions inside. Constants: clamp or
 * int-average.
 */
export interface AveragePoolSpec extends SpecOf<'AveragePool'>, Window, Rescaling {
  readonly countIncludePad: boolean
}
/** Any shape. Constants: clamp (in quantized units when int8, qparams kept). */
export interface ClipSpec extends SpecOf<'Clip'> {}
/**
 * Any shape, element by element. Constants: none, or int-table.
 * - Sigmoid: 1 / (1 + exp(-x)).
 * - HardSigmoid: max(0, min(1, alpha * x + beta)).
 * - HardSwish: x * max(0, min(1, x / 6 + 0.5)).
 */
export type ActivationSpec = SigmoidSpec | HardSigmoidSpec | HardSwishSpec
export interface SigmoidSpec extends SpecOf<'Sigmoid'> {}
export interface HardSigmoidSpec extends SpecOf<'HardSigmoid'> {
  readonly alpha: number
  readonly beta: number
}
export interface HardSwishSpec extends SpecOf<'HardSwish'> {}
/** Row-major reinterpretation, as Flatten and Reshape. Constants: none. */
export interface ReshapeSpec extends SpecOf<'Reshape'> {}
/** Over the last axis of [N,F]; float only. Constants: none. */
export interface SoftmaxSpec extends SpecOf<'Softmax'> {}
/**
 * Raw float32 sensor values -> float32, float16 or int8, (x - offset) * scale along axis 1. Constants: normalize, or
 * normalize-quantize for int8.
 */
export interface NormalizeSpec extends SpecOf<'Normalize'> {}
/** float32 or float16 -> int8. Constants: quantize. */
export interface QuantizeLinearSpec extends SpecOf<'QuantizeLinear'> {}
/** int8 -> float32, or float16, rounded to nearest from float32. Constants: dequantize. */
export interface DequantizeLinearSpec extends SpecOf<'DequantizeLinear'> {}

/**
 * Inclusive bounds an output is held to; [-Infinity, Infinity] where there is none (devices may hold it as the
 * largest finite float32).
 */
export type Clamp = readonly [number, number]

/**
 * The numbers of one op, on the host. rint is ties-to-even in float32; fl32 rounds to float32.
 *
 * - `float-weights`: y = clamp(Σ x*w + bias), accumulated in float32 or better; weight is float16 when the input is.
 * - `int-weights`: acc = Σ (x - zx) * (w - zw[m]) + bias[m] in int32, padding contributing x = zx;
 *   y = clamp(i32(rint(fl32(f32(acc) * multiplier[m]))) + zy, lo, hi). multiplier, bias, weightZeroPoints are per
 *   output channel [M].
 * - `int-matmul`: the same with activations on both sides, one multiplier and no bias.
 * - `int-add`: y = clamp(rint(fl32(fl32(fl32((a - za) * sa) + fl32((b - zb) * sb)) * inverseScale)) + zy). Nothing
 *   may contract into an FMA.
 * - `int-mul`: y = clamp(rint(fl32(fl32(fl32((a - za) * sa) * fl32((b - zb) * sb)) * inverseScale)) + zy).
 * - `int-concat`: y = tables[256 i + x + 128] for the values x of input i: from its grid to the output's.
 * - `int-table`: y = table[x + 128]. The host has applied function, grids and bounds.
 * - `int-average`: y = clamp(rint(fl32(f32(Σ x - n * zx) * multipliers[n])) + zy), n the number of positions inside
 *   the input; multipliers[n] already divides by the divisor that n means.
 * - `quantize`: q = clamp(rint(fl32(x * inverseScale)) + z): multiplies by fl32(1/s), as division is not exact in WGSL.
 * - `dequantize`: x = fl32(f32(q - z) * scale).
 *   In float16 either is widened or rounded once more.
 * - NaN quantizes as 0, that is to z within the clamp; between floats it stays NaN, also where bounds hold an
 *   output and in MaxPool.
 * - `normalize`: fl32(fl32(x - offset[c]) * scale[c]), c along axis 1; arrays of length 1 apply to all.
 * - `normalize-quantize`: one after the other, `quantize` of what `normalize` yields in float32.
 */
export type Constants =
  | { readonly kind: 'none' }
  | { readonly kind: 'clamp'; readonly clamp: Clamp }
  | {
      readonly kind: 'float-weights'
      readonly weight: Tensor<'float32'> | Tensor<'float16'>
      readonly bias: Float32Array
      readonly clamp: Clamp
    }
  | {
      readonly kind: 'int-weights'
      readonly weight: Tensor<'int8'>
      readonly bias: Int32Array
      readonly multiplier: Float32Array
      readonly inputZeroPoint: number
      readonly weightZeroPoints: Int32Array
      readonly outputZeroPoint: number
      readonly clamp: Clamp
    }
  | {
      readonly kind: 'int-matmul'
      readonly multiplier: number
      readonly aZeroPoint: number
      readonly bZeroPoint: number
      readonly outputZeroPoint: number
      readonly clamp: Clamp
    }
  | IntPair<'int-add'>
  | IntPair<'int-mul'>
  | { readonly kind: 'int-concat'; readonly tables: Int8Array }
  | { readonly kind: 'int-table'; readonly table: Int8Array }
  | {
      readonly kind: 'int-average'
      readonly inputZeroPoint: number
      readonly multipliers: Float32Array
      readonly outputZeroPoint: number
      readonly clamp: Clamp
    }
  | {
      readonly kind: 'quantize'
      readonly inverseScale: number
      readonly zeroPoint: number
      readonly clamp: Clamp
    }
  | { readonly kind: 'dequantize'; readonly scale: number; readonly zeroPoint: number }
  | { readonly kind: 'normalize'; readonly offset: Float32Array; readonly scale: Float32Array }
  | {
      readonly kind: 'normalize-quantize'
      readonly offset: Float32Array
      readonly scale: Float32Array
      readonly inverseScale: number
      readonly zeroPoint: number
      readonly clamp: Clamp
    }

interface IntPair<Kind extends string> {
  readonly kind: Kind
  readonly a: { readonly scale: number; readonly zeroPoint: number }
  readonly b: { readonly scale: number; readonly zeroPoint: number }
  readonly inverseScale: number
  readonly outputZeroPoint: number
  readonly clamp: Clamp
}

export type ConstantsKind = Constants['kind']

/** The precision of a spec: what its first input is stored in (Normalize and QuantizeLinear: what they produce). */
export function precisionOf(spec: OpSpec): Precision {
  const dtype =
    spec.op === 'Normalize' || spec.op === 'QuantizeLinear' ? spec.output.dtype : spec.inputs[0].dtype
  return precisionStoredAs(dtype) ?? 'int8'
}

const ALL: readonly Precision[] = ['fp32', 'fp16', 'int8']

/**
 * The precisions that each op has: all three, by this rule. Softmax is float only: its output has no grid of its own
 * that would be worth rounding to. QuantizeLinear and DequantizeLinear have int8 on one side and count as int8.
 */
export const PRECISIONS_OF: { readonly [Op in OpSpec['op']]: readonly Precision[] } = {
  Conv: ALL,
  Gemm: ALL,
  MatMul: ALL,
  Add: ALL,
  Mul: ALL,
  Concat: ALL,
  MaxPool: ALL,
  AveragePool: ALL,
  Clip: ALL,
  Sigmoid: ALL,
  HardSigmoid: ALL,
  HardSwish: ALL,
  Reshape: ALL,
  Softmax: ['fp32', 'fp16'],
  Normalize: ALL,
  QuantizeLinear: ['int8'],
  DequantizeLinear: ['int8'],
}

/** Zero padding on every side. */
export const NO_PADS: Pads = [0, 0, 0, 0]
