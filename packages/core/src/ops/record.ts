import type { QParams, Precision } from '../numerics/index.ts'
import type { Random } from '../statistics/random.ts'
import type { Shape, Tensor } from '../tensor/tensor.ts'
import type { Case } from './case.ts'
import type { NodeOf, Clamp, Constants, SpecOf, TensorSpec, WeightTraits } from './spec.ts'

// The parts of an op. An op of graphs has the parts of a `GraphOp`, one that a canonical graph keeps those of a
// `LayerOp`, and one that kernels compute those of a `KernelOp`, with `Checks` beside them for the conformance kit.

/** An operator of graphs. */
export interface GraphOp<N extends NodeOf<string, unknown>> {
  /**
   * Shape of the output from the shapes of all inputs, constants included.
   * @throws OctetError naming the node where they do not fit together.
   */
  shape(node: N, inputs: readonly Shape[]): Shape
}

/** An operator of canonical graphs: the node of a layer. */
export interface LayerOp<N extends NodeOf<string, unknown>, S extends SpecOf<string>> extends GraphOp<N> {
  /** Whether it multiplies by constants, output channels first, and adds a bias: `float-weights`, `int-weights`. */
  readonly weighted: boolean
  /**
   * `fused`: its kernel rescales what it computes (see `Rescaling`) and holds the output to bounds, so a Relu or Clip
   * behind it is fused in. `none`: its kernel has no bounds. A function: it is such an activation itself, with these
   * bounds in real units.
   */
  readonly clamp: 'fused' | 'none' | ((node: N) => Clamp)
  /** Its constants in floats; left out where they are the bounds that `clamp` speaks of, or none. */
  floats?(node: N, spec: S, clamp: Clamp): Constants
  /** How it is computed in integers; null where it stays in floats, whose output has no grid. */
  readonly integers: IntegerLayer<N, S> | null
  /** The effect of infinite inputs: see `spreadFrom`. */
  readonly infinities: Infinities
  /**
   * Whether a positive factor of an input channel arrives as that factor of an output channel: `kept` in the same one,
   * `reshaped` in the one that the new shape makes of it, or `lost`.
   */
  readonly gain: 'kept' | 'reshaped' | 'lost'
  /**
   * What a kernel is compiled for; weight traits and fixed-point rounding are added where the op has them.
   * @throws OctetError naming the node where no kernel computes it in this form.
   */
  spec(node: N, tensors: Tensors): Structure<S>
}

/**
 * - `mixed`: to infinities of both signs and NaN, as factors may have any sign and be zero.
 * - `summed`: they stay, and opposite ones make NaN.
 * - `kept`: each stays as it is.
 * - `bounded`: to finite values; NaN stays.
 * - `shared`: +infinity and NaN to NaN, -infinity to zero.
 */
export type Infinities = 'mixed' | 'summed' | 'kept' | 'bounded' | 'shared'

/** The tensors of a layer. */
export interface Tensors {
  readonly inputs: readonly TensorSpec[]
  readonly output: TensorSpec
}

/** A spec without the known properties of its numbers and without its rescaling mode. */
export type Structure<S> = S extends unknown ? Omit<S, 'fixedPoint' | keyof WeightTraits> : never

/** The integer side of a layer. */
export interface IntegerLayer<N, S> {
  /** Whether the output has a grid of its own, or lies on the grid of the first input: values are moved or selected. */
  readonly grid: 'own' | 'input' | ((node: N) => 'own' | 'input')
  /** Multipliers and tables, made on the host in float32. */
  constants(node: N, grids: Grids, spec: S): Constants
}

/** The grids of a layer's tensors, per tensor, and its integers. */
export interface Grids {
  readonly inputs: readonly QParams[]
  readonly output: QParams
  /** Bounds of the fused activation on the output's grid. */
  readonly clamp: Clamp
  readonly weights: QuantizedWeights | undefined
}

/** Integer weights of one Conv or Gemm. */
export interface QuantizedWeights {
  /** int8 in the weight's own shape, output channels first; 4-bit weights use the range [-8, 7] or [-7, 7] of it. */
  readonly weight: Tensor<'int8'>
  /** Length 1 per tensor, or one per output channel. */
  readonly qparams: QParams
  /** At scale s_x * s_w[m]: rint(b * fl32(1 / fl32(s_x * s_w[m]))), saturated to int32. One per output channel. */
  readonly bias: Int32Array
}

/** An op that kernels compute. */
export interface KernelOp<S extends SpecOf<string>> {
  readonly precisions: readonly Precision[]
  /** The terms of one output's sum; null where it sums nothing. */
  sums(spec: S): Sums | null
  /**
   * The meaning of the op: what faster kernels are held to. Writes the whole output.
   * @throws OctetError where a sum of integers leaves int32, or the constants are of another kind.
   */
  compute(spec: S, constants: Constants, inputs: readonly Tensor[], output: Tensor): void
  /** Constants of a random instance, for timing and for trying variants. */
  instance(spec: S, draw: Draw): Constants
}

/** How many products of two values, or single values, one output sums. */
export interface Sums {
  readonly count: number
  readonly of: 'products' | 'values'
}

/** How the numbers of a random instance are drawn. */
export interface Draw {
  /** Zero points of the first input and of the second. */
  readonly zeroPoints: readonly [number, number]
  /** Weights: integers of magnitude up to `bound`, or the floats that stand for some. */
  readonly weights: (spec: TensorSpec, bound: number) => Tensor
  readonly bias: (integer: boolean) => number
  readonly weightZeroPoint: () => number
  /** The multiplier that brings a sum of products, one factor up to 127 and one up to `bound`, onto int8. */
  readonly multiplier: (products: number, bound: number) => number
  /** Tables from int8 to int8, one after the other. */
  readonly tables: (count: number) => Int8Array
}

/** The part of an op that only the conformance kit needs. */
export interface Checks<S extends SpecOf<string>> {
  /**
   * `exact`: the op moves values, or rounds each operation correctly as WGSL and IEEE 754 both demand of + - *, so any
   * difference is a fault in every dtype. Else see `errorBounds`.
   */
  readonly bound: 'exact' | FloatBound<S>
  /** Random cases in every precision, at edges, and with NaN among the numbers. */
  cases(random: Random): Iterable<Case<S>>
  /**
   * int8: numbers whose real results lie beside ties, where one float32 operation that is rounded otherwise, contracted
   * or taken in another order ends in another integer. `thin`: a choice from them, for a device that has just opened.
   */
  ties(thin: boolean): Iterable<Case<S>>
}

/** How far float results may lie from the reference. */
export interface FloatBound<S> {
  /** Roundings that one output goes through in float32, at most. */
  roundings(spec: S): number
  /** Relative to the op over its inputs' magnitudes, to its output, or to the larger of that and 1. */
  readonly of: 'magnitudes' | 'output' | 'one'
}
