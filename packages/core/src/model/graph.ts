import type { Shape, Tensor } from '../tensor/tensor.ts'

/**
 * A model as a list of ONNX operators (opset 13 semantics, ONNX names and attributes) in topological order.
 * Every operator has one output. Images are N, C, H, W; the batch is the leading dimension, named and free.
 */
export interface Graph {
  readonly name: string
  readonly input: ValueInfo
  /** Name of the tensor the graph yields. */
  readonly output: string
  readonly nodes: readonly Node[]
  /** Weights and other constants by tensor name. */
  readonly initializers: ReadonlyMap<string, Tensor<'float32'>>
}

/** A named float32 tensor; `shape` leaves the batch dimension out. */
export interface ValueInfo {
  readonly name: string
  readonly shape: Shape
}

export type Pair = readonly [number, number]
/** Top, left, bottom, right. */
export type Pads = readonly [number, number, number, number]

/** A 2-D sliding window, as ONNX has it for Conv and the pools. */
export interface Window {
  readonly kernel: Pair
  readonly strides: Pair
  readonly pads: Pads
  readonly dilations: Pair
}

interface NodeOf<Op extends string, Attributes> {
  readonly op: Op
  readonly name: string
  /** Tensor names; optional ONNX inputs that are absent at the end are left out. */
  readonly inputs: readonly string[]
  readonly output: string
  readonly attributes: Attributes
}

type None = null

/** x [N,C,H,W], w [M,C/group,kH,kW], b [M]. */
export type ConvNode = NodeOf<'Conv', Window & { readonly group: number }>
/** alpha * A' * B' + beta * C. */
export type GemmNode = NodeOf<
  'Gemm',
  { readonly alpha: number; readonly beta: number; readonly transA: boolean; readonly transB: boolean }
>
export type MatMulNode = NodeOf<'MatMul', None>
export type AddNode = NodeOf<'Add', None>
/** b of a's shape, or [N,C,1,1] beside [N,C,H,W]. */
export type MulNode = NodeOf<'Mul', None>
export type ConcatNode = NodeOf<'Concat', { readonly axis: number }>
export type SigmoidNode = NodeOf<'Sigmoid', None>
/** max(0, min(1, alpha * x + beta)); ONNX's defaults are 0.2 and 0.5. */
export type HardSigmoidNode = NodeOf<'HardSigmoid', { readonly alpha: number; readonly beta: number }>
/** x * max(0, min(1, x / 6 + 0.5)), of opset 14. */
export type HardSwishNode = NodeOf<'HardSwish', None>
export type ReluNode = NodeOf<'Relu', None>
/** Bounds are attributes here although opset 13 passes them as inputs: they are always constants. */
export type ClipNode = NodeOf<'Clip', { readonly min: number; readonly max: number }>
export type MaxPoolNode = NodeOf<'MaxPool', Window & { readonly ceilMode: boolean }>
export type AveragePoolNode = NodeOf<
  'AveragePool',
  Window & { readonly ceilMode: boolean; readonly countIncludePad: boolean }
>
export type GlobalAveragePoolNode = NodeOf<'GlobalAveragePool', None>
export type FlattenNode = NodeOf<'Flatten', { readonly axis: number }>
/** `shape` as ONNX: 0 copies the size, -1 is inferred. */
export type ReshapeNode = NodeOf<'Reshape', { readonly shape: readonly number[] }>
export type SoftmaxNode = NodeOf<'Softmax', { readonly axis: number }>
/** inputs x, scale [C], B [C], mean [C], var [C]. */
export type BatchNormalizationNode = NodeOf<'BatchNormalization', { readonly epsilon: number }>

export type Node =
  | ConvNode
  | GemmNode
  | MatMulNode
  | AddNode
  | MulNode
  | ConcatNode
  | SigmoidNode
  | HardSigmoidNode
  | HardSwishNode
  | ReluNode
  | ClipNode
  | MaxPoolNode
  | AveragePoolNode
  | GlobalAveragePoolNode
  | FlattenNode
  | ReshapeNode
  | SoftmaxNode
  | BatchNormalizationNode
