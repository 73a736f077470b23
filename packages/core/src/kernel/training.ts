import type { Node } from '../ops/list.ts'
import type { Shape } from '../tensor/tensor.ts'

/** The version of the training contract for which a package is written. */
export const TRAINING_CONTRACT = 1

/**
 * The default export of a module that a kernel package names beside its kernels: `"octet": { "kernels":
 * "./dist/index.js", "training": "./dist/training.js" }`. A package without fast training leaves it out.
 */
export interface TrainingPackage {
  readonly contract: typeof TRAINING_CONTRACT
  /** @throws An error if the kernels cannot run here. */
  open(): Promise<TrainingKernels>
}

/** A matrix view of an array. Element (i, j) is at `offset + i * rowStep + j * columnStep`. */
export interface Matrix {
  readonly data: Float32Array
  readonly offset: number
  readonly rows: number
  readonly columns: number
  readonly rowStep: number
  readonly columnStep: number
}

/** Computes C = alpha * A * B. If `add` is set, the product is added to C. */
export type MatrixProduct = (
  c: Matrix,
  a: Matrix,
  b: Matrix,
  options: { readonly alpha: number; readonly add: boolean },
) => void

/** A tensor of a network and the gradient of the loss with respect to it, in buffers that every step reuses. */
export interface Value {
  readonly name: string
  /** The shape of one sample of an activation, without the batch; the whole shape of a parameter. */
  readonly shape: Shape
  /** Whether the tensor has a leading batch dimension: activations have, parameters have not. */
  readonly batched: boolean
  readonly data: Float32Array
  /** Null if no gradient is needed (the input, running statistics). */
  readonly grad: Float32Array | null
}

/** `train` uses and updates the statistics of the batch. `infer` uses the running statistics. */
export type Mode = 'train' | 'infer'

/** One node of a network, bound to its buffers. Each call handles the first `batch` samples in them. */
export interface Operator {
  forward(batch: number, mode: Mode): void
  /** Adds to the gradients of the inputs. It belongs to the last `forward` in mode `train`. */
  backward(batch: number): void
}

/**
 * The part of a training step that a kernel package computes on the CPU, in float32: matrix products, and the nodes of
 * a network whose arrays lie in the package's memory.
 */
export interface TrainingKernels {
  readonly multiply: MatrixProduct
  /**
   * Memory for the arrays of one network, `elements` elements in total. It is freed with the network. Undefined if
   * there is not enough memory, or if the package computes products only.
   */
  open(elements: number): TrainingMemory | undefined
}

/**
 * Arrays of a network that a package's kernels reach without a copy, and the kernels that work on them. The trainer's
 * own loops read and write them like any other array.
 */
export interface TrainingMemory {
  /** An array of zeros. It is never moved. */
  array(length: number): Float32Array
  /**
   * The node's operator, with the semantics of the trainer's own. Undefined if there is no kernel for the node, or if a
   * value's array does not lie in this memory. The trainer's own loops then compute the node.
   */
  bind(node: Node, inputs: readonly Value[], output: Value, capacity: number): Operator | undefined
}
