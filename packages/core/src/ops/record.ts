import type { QParams, Precision } from '../numerics/index.ts'
import type { Random } from '../statistics/random.ts'
import type { Shape, Tensor } from '../tensor/tensor.ts'
import type { Case } from './case.ts'
import type { NodeOf, Clamp, Constants, SpecOf, TensorSpec, WeightTraits } from './spec.ts'

// The parts of an op. An op of graphs has the parts of a `GraphOp`. An op that a canonical graph keeps has the parts of
// a `LayerOp`. An op that kernels compute has the parts of a `KernelOp`, and `Checks` for the conformance kit.

/** An operator of graphs. */
export interface GraphOp<N extends NodeOf<string, unknown>> {
  /**
   * The shape of the output, from the shapes of all inputs, constants included.
   * @throws OctetError naming the node if the shapes do not fit together.
   */
  shape(node: N, inputs: readonly Shape[]): Shape
}

/** An operator of canonical graphs: the node of a layer. */
export interface LayerOp<N extends NodeOf<string, unknown>, S extends SpecOf<string>> extends GraphOp<N> {
  /** Whether the op multiplies by constants, output channels first, and adds a bias: `float-weights`, `int-weights`. */
  readonly weighted: boolean
  /**
   * `fused`: the kernel rescales its sums (see `Rescaling`) and clamps the output, so a Relu or Clip behind it is fused
   * in. `none`: the kernel has no bounds. A function: the op itself is an activation with these bounds in real units.
   */
  readonly clamp: 'fused' | 'none' | ((node: N) => Clamp)
  /** The op's constants in floats. Left out if they are the bounds of `clamp`, or if there are none. */
  floats?(node: N, spec: S, clamp: Clamp): Constants
  /** The integer form of the op; null if it stays in floats. Its output then has no grid. */
  readonly integers: IntegerLayer<N, S> | null
  /** The effect of infinite inputs: see `spreadFrom`. */
  readonly infinities: Infinities
  /**
   * Whether a positive factor of an input channel becomes the same factor of an output channel: `kept` in the same
   * channel, `reshaped` in the channel that the new shape gives, or `lost`.
   */
  readonly gain: 'kept' | 'reshaped' | 'lost'
  /**
   * The spec for which a kernel is compiled. Weight traits and fixed-point rounding are added if the op has them.
   * @throws OctetError naming the node if no kernel computes this form.
   */
  spec(node: N, tensors: Tensors): Structure<S>
}

/**
 * - `mixed`: infinities of both signs and NaN, because factors may have any sign and be zero.
 * - `summed`: they stay, and opposite infinities make NaN.
 * - `kept`: each stays as it is.
 * - `bounded`: they become finite values; NaN stays.
 * - `shared`: +infinity and NaN become NaN, and -infinity becomes zero.
 */
export type Infinities = 'mixed' | 'summed' | 'kept' | 'bounded' | 'shared'

/** The tensors of a layer. */
export interface Tensors {
  readonly inputs: readonly TensorSpec[]
  readonly output: TensorSpec
}

/** A spec without the traits of its weights and without its rescaling mode. */
export type Structure<S> = S extends unknown ? Omit<S, 'fixedPoint' | keyof WeightTraits> : never

/** The integer side of a layer. */
export interface IntegerLayer<N, S> {
  /** Whether the output has its own grid, or the grid of the first input because values are only moved or selected. */
  readonly grid: 'own' | 'input' | ((node: N) => 'own' | 'input')
  /** Multipliers and tables. The host computes them in float32. */
  constants(node: N, grids: Grids, spec: S): Constants
}

/** The grids of a layer's tensors, all per tensor, and its integers. */
export interface Grids {
  readonly inputs: readonly QParams[]
  readonly output: QParams
  /** The bounds of the fused activation on the output's grid. */
  readonly clamp: Clamp
  readonly weights: QuantizedWeights | undefined
}

/** The integer weights of one Conv or Gemm. */
export interface QuantizedWeights {
  /** int8 in the weight's own shape, output channels first. 4-bit weights use its range [-8, 7] or [-7, 7]. */
  readonly weight: Tensor<'int8'>
  /** Length 1 (per tensor), or one entry per output channel. */
  readonly qparams: QParams
  /** The bias per output channel at scale s_x * s_w[m]: rint(b * fl32(1 / fl32(s_x * s_w[m]))), saturated to int32. */
  readonly bias: Int32Array
}

/** An op that kernels compute. */
export interface KernelOp<S extends SpecOf<string>> {
  readonly precisions: readonly Precision[]
  /** The terms of one output's sum; null if the op sums nothing. */
  sums(spec: S): Sums | null
  /**
   * The definition of the op's result, which faster kernels must match. Writes the whole output.
   * @throws OctetError if a sum of integers leaves int32, or if the constants are of another kind.
   */
  compute(spec: S, constants: Constants, inputs: readonly Tensor[], output: Tensor): void
  /** The constants of a random instance, for timing and for trying variants. */
  instance(spec: S, draw: Draw): Constants
}

/** The number of products of two values, or of single values, that one output sums. */
export interface Sums {
  readonly count: number
  readonly of: 'products' | 'values'
}

/** The source of the numbers of a random instance. */
export interface Draw {
  /** The zero points of the first and of the second input. */
  readonly zeroPoints: readonly [number, number]
  /** Weights: integers of magnitude up to `bound`, or floats that represent such integers. */
  readonly weights: (spec: TensorSpec, bound: number) => Tensor
  readonly bias: (integer: boolean) => number
  readonly weightZeroPoint: () => number
  /**
   * The multiplier that brings a sum of products to int8. One factor of a product is up to 127, the other up to
   * `bound`.
   */
  readonly multiplier: (products: number, bound: number) => number
  /** `count` concatenated tables from int8 to int8. */
  readonly tables: (count: number) => Int8Array
}

/** The part of an op that only the conformance kit needs. */
export interface Checks<S extends SpecOf<string>> {
  /**
   * `exact`: the op moves values, or rounds each operation correctly, as WGSL and IEEE 754 both demand for + - *. Any
   * difference is then a fault in every dtype. Otherwise, see `errorBounds`.
   */
  readonly bound: 'exact' | FloatBound<S>
  /** Random cases in every precision, cases at edges, and cases with NaN among the numbers. */
  cases(random: Random): Iterable<Case<S>>
  /**
   * int8 numbers whose real results lie beside ties. There, one float32 operation that is rounded differently,
   * contracted or reordered gives another integer. `thin`: a selection for a device that has just opened.
   */
  ties(thin: boolean): Iterable<Case<S>>
}

/** The largest distance of float results from the reference. */
export interface FloatBound<S> {
  /** The most float32 roundings that one output goes through. */
  roundings(spec: S): number
  /** The base of the bound: the op over its inputs' magnitudes, its output, or the larger of its output and 1. */
  readonly of: 'magnitudes' | 'output' | 'one'
}
