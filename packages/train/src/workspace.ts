import { elements, nameOf, OctetError, type Node, type Shape } from '@octet/core'
import type { Operator, TrainingKernels, TrainingMemory, Value } from '@octet/core/training'
import type { Resources } from './gradients/bind.ts'
import { bind } from './gradients/gradients.ts'
import { multiply } from './gradients/matrix.ts'

/** JavaScript arrays for this package's loops. */
const OWN_MEMORY: TrainingMemory = {
  array: (length) => new Float32Array(length),
  bind: () => undefined,
}

/** The memory of one network's arrays, and the code of its nodes: a package's kernels, or this package's loops. */
export class Workspace {
  readonly #resources: Resources
  readonly #memory: TrainingMemory

  /** @param count the number of elements of all arrays together. */
  constructor(capacity: number, count: number, kernels?: TrainingKernels) {
    this.#resources = { capacity, multiply: kernels?.multiply ?? multiply, fast: kernels !== undefined }
    this.#memory = kernels?.open(count) ?? OWN_MEMORY
  }

  /** An array of zeros. */
  array(length: number): Float32Array {
    return this.#memory.array(length)
  }

  /** An activation of this shape, with the batch as first dimension. */
  activation(name: string, shape: Shape, differentiable = true): Value {
    const length = elements(shape)
    const grad = differentiable ? this.array(length) : null
    return { name, shape: shape.slice(1), batched: true, data: this.array(length), grad }
  }

  /** @throws OctetError if the output of a node is not a batch of samples. */
  expectBatch(node: Node, shape: Shape): void {
    if (shape[0] !== this.#resources.capacity)
      throw new OctetError(
        `${nameOf(node)} cannot be trained: the leading dimension of its output is not the batch`,
        'export the model with the batch in front all the way',
      )
  }

  /**
   * The operator of a node.
   * @throws OctetError if the node cannot be trained.
   */
  operator(node: Node, inputs: readonly Value[], output: Value): Operator {
    const own = this.#memory.bind(node, inputs, output, this.#resources.capacity)
    return own ?? bind(node, inputs, output, this.#resources)
  }
}
