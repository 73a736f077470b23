import type { Node } from '@octet/core'
import type { MatrixProduct, Operator, Value } from '@octet/core/training'

/** The common context of the operators of one network. */
export interface Resources {
  /** The largest batch, for buffers that an operator keeps between forward and backward. */
  readonly capacity: number
  readonly multiply: MatrixProduct
  /** Whether `multiply` is a kernel package's: fast enough that images are unfolded for it. */
  readonly fast: boolean
}

/**
 * Binds a node to its values, [batch, ...] each where it is an activation.
 * @throws OctetError where the node cannot be trained as it is.
 */
export type Bind<N extends Node> = (
  node: N,
  inputs: readonly Value[],
  output: Value,
  resources: Resources,
) => Operator
