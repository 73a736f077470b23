import type { TrainingMemory } from '@octet/core/training'
import { Arena } from './arena.ts'
import { bindNode } from './bind.ts'

/**
 * Memory for a network with this many elements, and the kernels that use it. Undefined if there is not enough memory.
 */
export function openMemory(module: WebAssembly.Module, elements: number): TrainingMemory | undefined {
  const arena = Arena.open(module, elements)
  if (arena === undefined) return undefined
  return {
    array: (length) => arena.array(length),
    bind: (node, inputs, output, capacity) => {
      const arrays = [...inputs, output].flatMap(({ data, grad }) => (grad === null ? [data] : [data, grad]))
      if (!arrays.every((array) => arena.holds(array))) return undefined
      return arena.attempt(() => bindNode(arena, node, inputs, output, capacity))
    },
  }
}
