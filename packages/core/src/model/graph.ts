import type { Node } from '../ops/list.ts'
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
