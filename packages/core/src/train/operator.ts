import type { Node } from '../model/graph.ts'
import type { Shape } from '../tensor/tensor.ts'

/** A tensor of a network and the gradient of the loss with respect to it, in buffers that every step reuses. */
export interface Value {
  readonly name: string
  /** Sizes of one sample of an activation, without the batch; all sizes of a parameter. */
  readonly shape: Shape
  /** Activations have a leading batch dimension; parameters have not. */
  readonly batched: boolean
  readonly data: Float32Array
  /** Null where no gradient is wanted (the input, running statistics). */
  readonly grad: Float32Array | null
}

/** `train` uses and updates the statistics of the batch; `infer` uses the running statistics. */
export type Mode = 'train' | 'infer'

/** One node of a network, bound to its buffers. Each call handles the first `batch` samples in them. */
export interface Operator {
  forward(batch: number, mode: Mode): void
  /** Adds to the gradients of the inputs. Belongs to the last forward in mode `train`. */
  backward(batch: number): void
}

/**
 * Binds a node to its values. `capacity` is the largest batch, for buffers that an operator keeps between forward and
 * backward.
 * @throws OctetError where the node cannot be trained as it is.
 */
export type Bind<N extends Node> = (
  node: N,
  inputs: readonly Value[],
  output: Value,
  capacity: number,
) => Operator

/** How errors name a node. */
export function nameOf(node: Node): string {
  return `${node.op} "${node.name}"`
}
