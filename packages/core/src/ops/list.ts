import { ArgMax, ArgMaxChecks } from './argmax.ts'
import { BatchNormalization } from './batchnormalization.ts'
import { Clip, ClipChecks, Relu } from './clip.ts'
import { Concat, ConcatChecks } from './concat.ts'
import { ConvChecks } from './conv/cases.ts'
import { Conv } from './conv/conv.ts'
import { DequantizeLinear, DequantizeLinearChecks } from './dequantizelinear.ts'
import { Gemm, GemmChecks } from './gemm.ts'
import { LayerNormalization, LayerNormalizationChecks } from './layernormalization.ts'
import { MatMul, MatMulChecks } from './matmul.ts'
import { DepthToSpace, SpaceToDepth } from './move/blocks.ts'
import { MoveChecks } from './move/cases.ts'
import { Expand } from './move/expand.ts'
import { Gather } from './move/gather.ts'
import { Move } from './move/move.ts'
import { Pad } from './move/pad.ts'
import { Resize } from './move/resize.ts'
import { Slice } from './move/slice.ts'
import { Transpose } from './move/transpose.ts'
import { Normalize, NormalizeChecks } from './normalize.ts'
import { PAIR_CHECKS } from './pair/cases.ts'
import { PAIRS, type PairOps } from './pair/pair.ts'
import { AveragePool, GlobalAveragePool } from './pool/averagepool.ts'
import { AveragePoolChecks, MaxPoolChecks } from './pool/cases.ts'
import { MaxPool } from './pool/maxpool.ts'
import { QuantizeLinear, QuantizeLinearChecks } from './quantizelinear.ts'
import { Flatten, Reshape, ReshapeChecks } from './reshape.ts'
import { LogSoftmax, Softmax, SoftmaxChecks } from './softmax.ts'
import type { Checks, GraphOp, KernelOp, LayerOp } from './record.ts'
import { UNARY_CHECKS } from './unary/cases.ts'
import { UNARY, type UnaryOps } from './unary/unary.ts'
import { Where, WhereChecks } from './where.ts'

/** Every op: ops of graphs, ops of kernels, and ops of both. */
interface Ops extends UnaryOps, PairOps {
  readonly Conv: typeof Conv
  readonly Gemm: typeof Gemm
  readonly MatMul: typeof MatMul
  readonly Concat: typeof Concat
  readonly Relu: typeof Relu
  readonly Clip: typeof Clip
  readonly MaxPool: typeof MaxPool
  readonly AveragePool: typeof AveragePool
  readonly GlobalAveragePool: typeof GlobalAveragePool
  readonly Flatten: typeof Flatten
  readonly Reshape: typeof Reshape
  readonly Transpose: typeof Transpose
  readonly Slice: typeof Slice
  readonly Pad: typeof Pad
  readonly Gather: typeof Gather
  readonly Expand: typeof Expand
  readonly Resize: typeof Resize
  readonly DepthToSpace: typeof DepthToSpace
  readonly SpaceToDepth: typeof SpaceToDepth
  readonly Move: typeof Move
  readonly Softmax: typeof Softmax
  readonly LogSoftmax: typeof LogSoftmax
  readonly ArgMax: typeof ArgMax
  readonly LayerNormalization: typeof LayerNormalization
  readonly Where: typeof Where
  readonly BatchNormalization: typeof BatchNormalization
  readonly Normalize: typeof Normalize
  readonly QuantizeLinear: typeof QuantizeLinear
  readonly DequantizeLinear: typeof DequantizeLinear
}

export const OPS: Ops = {
  Conv,
  Gemm,
  MatMul,
  ...PAIRS,
  Concat,
  ...UNARY,
  Relu,
  Clip,
  MaxPool,
  AveragePool,
  GlobalAveragePool,
  Flatten,
  Reshape,
  Transpose,
  Slice,
  Pad,
  Gather,
  Expand,
  Resize,
  DepthToSpace,
  SpaceToDepth,
  Move,
  Softmax,
  LogSoftmax,
  ArgMax,
  LayerNormalization,
  Where,
  BatchNormalization,
  Normalize,
  QuantizeLinear,
  DequantizeLinear,
}

type NodeIn<R> = R extends GraphOp<infer N> ? N : never
type LayerNodeIn<R> = R extends LayerOp<infer N, infer _> ? N : never
type SpecIn<R> = R extends KernelOp<infer S> ? S : never

export type Node = { [Op in keyof Ops]: NodeIn<Ops[Op]> }[keyof Ops]

/** A node that a canonical graph may have. */
export type LayerNode = { [Op in keyof Ops]: LayerNodeIn<Ops[Op]> }[keyof Ops]

/**
 * The facts for which a kernel is compiled: op, dtypes, shapes and structure. It has none of the numbers (weights,
 * scales, zero points), which are `Constants`. Two calibrations of one model have equal specs, so they share one
 * program and one latency.
 */
export type OpSpec = { [Op in keyof Ops]: SpecIn<Ops[Op]> }[keyof Ops]

/**
 * The conformance kit's part of every kernel op. A page that does not run the kit does not load it. Cases run in this
 * order, so the simplest op that shows a device's fault names it. Bundlers treat a spread as a side effect, but not a
 * pure call.
 */
export const CHECKS: { readonly [Op in OpSpec['op']]: Checks<Extract<OpSpec, { readonly op: Op }>> } =
  /* @__PURE__ */ Object.assign(
    {
      ...PAIR_CHECKS,
      QuantizeLinear: QuantizeLinearChecks,
      Normalize: NormalizeChecks,
      MatMul: MatMulChecks,
      AveragePool: AveragePoolChecks,
      Gemm: GemmChecks,
      Conv: ConvChecks,
      DequantizeLinear: DequantizeLinearChecks,
      MaxPool: MaxPoolChecks,
      Concat: ConcatChecks,
      Clip: ClipChecks,
      Reshape: ReshapeChecks,
      Move: MoveChecks,
      Softmax: SoftmaxChecks,
      Where: WhereChecks,
      LayerNormalization: LayerNormalizationChecks,
      ArgMax: ArgMaxChecks,
    },
    UNARY_CHECKS,
  )

// A record accepts only the node or the spec of its own op. These lookups pass no other.

/** The record of a graph's node. */
export function graphOp(node: Node): GraphOp<Node> {
  return OPS[node.op]
}

/** The record of a layer's node. */
export function layerOp(node: LayerNode): LayerOp<LayerNode, OpSpec> {
  return OPS[node.op] as LayerOp<LayerNode, OpSpec>
}

/** Whether the output's integers lie on the grid of the first input, because the op only moves or selects values. */
export function keepsGrid(node: LayerNode): boolean {
  const grid = layerOp(node).integers?.grid
  return (typeof grid === 'function' ? grid(node) : grid) === 'input'
}

/** The record of a kernel's op. */
export function kernelOp({ op }: Pick<OpSpec, 'op'>): KernelOp<OpSpec> {
  return OPS[op]
}
