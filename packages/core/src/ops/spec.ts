import { OctetError } from '../error.ts'
import type { FixedPointRounding, Precision } from '../numerics/index.ts'
import type { DType } from '../tensor/dtype.ts'
import type { Shape, Tensor } from '../tensor/tensor.ts'

export type { Precision }

/** The dtype and logical shape (ONNX order, batch included) of a tensor. The device decides its layout in memory. */
export interface TensorSpec {
  readonly dtype: DType
  readonly shape: Shape
}

export type Pair = readonly [number, number]
/** Top, left, bottom, right. */
export type Pads = readonly [number, number, number, number]

/** Zero padding on every side. */
export const NO_PADS: Pads = [0, 0, 0, 0]

/** A 2-D sliding window, as in ONNX's Conv and pools. */
export interface Window {
  readonly kernel: Pair
  readonly strides: Pair
  readonly pads: Pads
  readonly dilations: Pair
}

/** An ONNX operator of a graph. */
export interface NodeOf<Op extends string, Attributes = null> {
  readonly op: Op
  readonly name: string
  /** Tensor names. Absent optional ONNX inputs at the end are left out. */
  readonly inputs: readonly string[]
  readonly output: string
  readonly attributes: Attributes
}

/** An op with the tensors that it reads and makes. */
export interface SpecOf<Op extends string> {
  readonly op: Op
  readonly inputs: readonly TensorSpec[]
  readonly output: TensorSpec
}

/**
 * int8 ops that rescale sums. With `fixedPoint` they use integers only, for parity with microcontrollers: each float32
 * multiplier m becomes the Q31 number `fixedPointMultiplier(m)`, and `multiplyByFixedPoint` applies it with the given
 * rounding. Only the reference supports this; every other device declines it.
 */
export interface Rescaling {
  readonly fixedPoint?: FixedPointRounding
}

/** Properties of int8 weights that are known before the values. */
export interface WeightTraits {
  /** Whether any weight zero point is not 0, so that the kernel must correct for it. */
  readonly weightZeroPoints: boolean
  /**
   * Set if every weight lies in [-8, 7], so a kernel may store two weights in a byte. The results are the same either
   * way.
   */
  readonly weightBits?: 4
}

/**
 * Inclusive bounds of an output; [-Infinity, Infinity] if there are none (devices may store that as the largest finite
 * float32).
 */
export type Clamp = readonly [number, number]

/**
 * The numbers of one op, on the host. rint rounds ties to even in float32; fl32 rounds to float32.
 *
 * - `float-weights`: y = clamp(Σ x*w + bias), accumulated in float32 or better; weight is float16 if the input is.
 * - `int-weights`: acc = Σ (x - zx) * (w - zw[m]) + bias[m] in int32, where padding has x = zx;
 *   y = clamp(i32(rint(fl32(f32(acc) * multiplier[m]))) + zy, lo, hi). multiplier, bias, weightZeroPoints are per
 *   output channel [M].
 * - `int-matmul`: the same with activations on both sides, one multiplier and no bias.
 * - `int-add`: y = clamp(rint(fl32(fl32(fl32((a - za) * sa) + fl32((b - zb) * sb)) * inverseScale)) + zy). Nothing may
 *   contract into an FMA. For Sub, sb is negative.
 * - `int-mul`: y = clamp(rint(fl32(fl32(fl32((a - za) * sa) * fl32((b - zb) * sb)) * inverseScale)) + zy).
 * - `int-concat`: y = tables[256 i + x + 128] for the values x of input i: from its grid to the output's grid.
 * - `int-select`: y is the lesser or the greater of tables[a + 128] and tables[256 + b + 128]. The tables include
 *   bounds.
 * - `int-table`: y = table[x + 128]. The host has applied function, grids and bounds.
 * - `int-average`: y = clamp(rint(fl32(f32(Σ x - n * zx) * multipliers[n])) + zy), where n is the number of positions
 *   inside the input; multipliers[n] already includes the divisor for n.
 * - `move`: values at other positions, and `fill`, a float or an integer of the output's grid, at positions outside:
 *   see `MoveSpec`. If the spec says that int8 gets another grid, x goes through table[x + 128]; the fill does not.
 * - `quantize`: q = clamp(rint(fl32(x * inverseScale)) + z). It multiplies by fl32(1/s), because division is not exact
 *   in WGSL.
 * - `divide-quantize`: q = clamp(rint(fl32(x / scale)) + z), with the quotient correctly rounded: ONNX's definition. A
 *   device without exact division corrects the product by a step, with `divisionThresholds`.
 * - `dequantize`: x = fl32(f32(q - z) * scale). With float16, these three widen their input or round once more.
 * - NaN quantizes as 0: it becomes z, clamped. Between floats it stays NaN, also if the output has bounds, and in
 *   MaxPool.
 * - `normalize`: fl32(fl32(x - offset[c]) * scale[c]), c along axis 1; arrays of length 1 apply to all channels.
 * - `normalize-quantize`: `normalize` in float32, then `quantize` of its result.
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
  | { readonly kind: 'int-select'; readonly tables: Int8Array }
  | { readonly kind: 'int-table'; readonly table: Int8Array }
  | {
      readonly kind: 'int-average'
      readonly inputZeroPoint: number
      readonly multipliers: Float32Array
      readonly outputZeroPoint: number
      readonly clamp: Clamp
    }
  | {
      readonly kind: 'move'
      readonly offsets: readonly Int32Array[]
      readonly fill: number
      readonly table?: Int8Array
    }
  | {
      readonly kind: 'quantize'
      readonly inverseScale: number
      readonly zeroPoint: number
      readonly clamp: Clamp
    }
  | {
      readonly kind: 'divide-quantize'
      readonly scale: number
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

/** The precision in which an op computes: int8 if it reads or makes integers, else the precision of its output. */
export function precisionOf({ inputs, output }: SpecOf<string>): Precision {
  if (inputs[0].dtype === 'int8' || output.dtype === 'int8') return 'int8'
  return output.dtype === 'float16' ? 'fp16' : 'fp32'
}

/**
 * Narrows an op's constants to the kind that its spec needs.
 * @throws OctetError naming the op and both kinds, or a weight outside the range that the spec declares.
 */
export function expectConstants<Kind extends Constants['kind']>(
  spec: SpecOf<string>,
  constants: Constants,
  kind: Kind,
): Extract<Constants, { kind: Kind }> {
  if (constants.kind !== kind)
    throw new OctetError(`${spec.op} takes constants of kind ${kind}, it was given ${constants.kind}`)
  if ('weightBits' in spec && constants.kind === 'int-weights') expectInt4(spec, constants.weight.data)
  return constants as Extract<Constants, { kind: Kind }>
}

function expectInt4({ op }: SpecOf<string>, weights: Int8Array): void {
  const wide = weights.find((weight) => weight < -8 || weight > 7)
  if (wide !== undefined)
    throw new OctetError(`${op} was declared with 4-bit weights, yet one is ${wide}, outside [-8, 7]`)
}
