import type { Node } from '../ops/list.ts'
import type { Shape, Tensor } from '../tensor/tensor.ts'

/**
 * A model as a list of ONNX operators (opset 13 semantics, ONNX names and attributes) in topological order. Every
 * operator has one output. Images are N, C, H, W. The batch is the leading dimension, named and free.
 */
export interface Graph {
  readonly name: string
  /**
   * The inputs. At least one does not belong to a state: the first of these is the sample that a normalizer maps. The
   * others arrive as the model reads them.
   */
  readonly inputs: readonly ValueInfo[]
  /** The name of the tensor that the graph yields. */
  readonly output: string
  readonly nodes: readonly Node[]
  /** Weights and other constants by tensor name. */
  readonly initializers: ReadonlyMap<string, Tensor<'float32'>>
  /**
   * For a streaming model: the tensors that one sample yields and the next sample reads, in order. Such a graph has
   * batch `one`. If it is left out, samples do not depend on one another.
   */
  readonly states?: readonly State[]
  /** `one` if the shapes hold for one sample at a time. If it is left out, a batch may have any size. */
  readonly batch?: 'one'
}

/**
 * A tensor that one sample yields, and the input of the same shape that receives it for the next sample. The first
 * sample receives zeros.
 */
export interface State {
  readonly input: string
  readonly output: string
}

/** The inputs that samples bring: all inputs except those of states. */
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

/** A named float32 tensor. `shape` leaves out the batch dimension. */
export interface ValueInfo {
  readonly name: string
  readonly shape: Shape
}
