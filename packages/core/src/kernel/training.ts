import type { Node } from '../ops/list.ts'
import type { Shape } from '../tensor/tensor.ts'

/** The version of the training contract that a package is written for. */
export const TRAINING_CONTRACT = 1

/**
 * The default export of a module that a kernel package names beside its kernels: `"octet": { "kernels":
 * "./dist/index.js", "training": "./dist/training.js" }`. A package without fast training leaves it out.
 */
export interface TrainingPackage {
  readonly contract: typeof TRAINING_CONTRACT
  /** @throws Where the kernels cannot run here. */
  open(): Promise<TrainingKernels>
}

/** A matrix laid over part of an array; element (i, j) is at `offset + i * rowStep + j * columnStep`. */
export interface Matrix {
  readonly data: Float32Array
  readonly offset: number
  readonly rows: number
  readonly columns: number
  readonly rowStep: number
  readonly columnStep: number
}

/** C = alpha * A * B, added to C where `add` is set. */
export type MatrixProduct = (
  c: Matrix,
  a: Matrix,
  b: Matrix,
  options: { readonly alpha: number; readonly add: boolean },
) => void

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
 * What a kernel package computes of a training step on the CPU, in float32: matrix products, and the nodes of a network
 * in memory of its own.
 */
export interface TrainingKernels {
  readonly multiply: MatrixProduct
  /**
   * Memory for one network whose arrays have so many elements together, freed with it; undefined where there is not
   * so much, and where the package computes products alone.
   */
  open(elements: number): TrainingMemory | undefined
}

/**
 * Arrays of a network where a package's kernels reach them without a copy, and the kernels over them. The trainer's
 * own loops read and write them as any other.
 */
export interface TrainingMemory {
  /** An array of zeros, which stays where it is. */
  array(length: number): Float32Array
  /**
   * The node's operator, with the semantics that the trainer's own has; undefined where there is no kernel for it, or
   * a value's array is not of this memory: the trainer's own loops then do it.
   */
  bind(node: Node, inputs: readonly Value[], output: Value, capacity: number): Operator | undefined
}
