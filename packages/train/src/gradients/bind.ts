import type { Node } from '@octet/core'
import type { MatrixProduct, Operator, Value } from '@octet/core/training'

/** The common context of the operators of one network. */
export interface Resources {
  /** The largest batch, for buffers that an operator keeps between forward and backward. */
  readonly capacity: number
  readonly multiply: MatrixProduct
  /** Whether `multiply` comes from a kernel package and is fast enough to unfold images for it. */
  readonly fast: boolean
}

/**
 * Binds a node to its values. Activations are [batch, ...].
 * @throws OctetError if the node cannot be trained.
 */
export type Bind<N extends Node> = (
  node: N,
  inputs: readonly Value[],
  output: Value,
  resources: Resources,
) => Operator
