import type { Node } from '../ops/list.ts'
import type { Shape, Tensor } from '../tensor/tensor.ts'

/**
 * A model as a list of ONNX operators (opset 13 semantics, ONNX names and attributes) in topological order.
 * Every operator has one output. Images are N, C, H, W; the batch is the leading dimension, named and free.
 */
export interface Graph {
  readonly name: string
  /**
   * At least one is no state's. The first of these is the sample that a normalizer maps; the others arrive as the model
   * reads them.
   */
  readonly inputs: readonly ValueInfo[]
  /** Name of the tensor the graph yields. */
  readonly output: string
  readonly nodes: readonly Node[]
  /** Weights and other constants by tensor name. */
  readonly initializers: ReadonlyMap<string, Tensor<'float32'>>
  /**
   * Of a streaming model: what one sample yields and the next one reads, in order. Such a graph is of batch `one`. Left
   * out: samples do not depend on one another.
   */
  readonly states?: readonly State[]
  /** `one` where the shapes hold for one sample at a time. Left out: a batch has any size. */
  readonly batch?: 'one'
}

/** A tensor that one sample yields, and the input, of the same shape, that it is for the next; zeros for the first. */
export interface State {
  readonly input: string
  readonly output: string
}

/** The inputs that samples bring: all but those of states. */
export function sampleInputs({
  inputs,
  states = [],
}: Pick<Graph, 'inputs' | 'states'>): readonly ValueInfo[] {
  return inputs.filter(({ name }) => states.every(({ input }) => input !== name))
}

/** The tensors to compute: the output, and the tensors that the next sample reads. */
export function yieldedBy({ output, states = [] }: Pick<Graph, 'output' | 'states'>): readonly string[] {
  return [output, ...states.map((state) => state.output)]
}

/** The most samples that one run of the graph takes. */
export function largestBatch({ batch }: Pick<Graph, 'batch'>): number {
  return batch === 'one' ? 1 : Infinity
}

/** A named float32 tensor; `shape` leaves the batch dimension out. */
export interface ValueInfo {
  readonly name: string
  readonly shape: Shape
}
