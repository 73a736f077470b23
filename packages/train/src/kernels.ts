import type { MatrixProduct, TrainingKernels, TrainingMemory } from '@octet/core'

let kernels: TrainingKernels | undefined

/**
 * From now on training has its matrix products computed by `other`, and, where that is more than a product, the nodes
 * of networks that are made from now on; without an argument: the loops here, in float64.
 */
export function computeProductsBy(other: MatrixProduct | TrainingKernels | undefined): void {
  kernels = typeof other === 'function' ? { multiply: other, open: () => undefined } : other
}

/** Who computes matrix products, where it is not the trainer itself. */
export function productOfKernels(): MatrixProduct | undefined {
  return kernels?.multiply
}

/** Memory for a network of so many elements: that of the kernels, where there are any, else that of JavaScript. */
export function memoryFor(elements: number): TrainingMemory {
  return kernels?.open(elements) ?? OWN_MEMORY
}

/** Arrays of JavaScript, for the loops here. */
export const OWN_MEMORY: TrainingMemory = {
  array: (length) => new Float32Array(length),
  bind: () => undefined,
}
