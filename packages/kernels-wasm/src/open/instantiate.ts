import type { Kernel } from '../threads/words.ts'

/** Compiled modules. */
export interface Modules {
  /**
   * If several modules have a kernel of one name, the last module's counts. The module for every engine comes first.
   */
  readonly kernels: readonly WebAssembly.Module[]
  /** The mask that flips bytes for relaxed dot products. */
  readonly flip: number
}

export interface Instance {
  readonly kernels: readonly Kernel[]
  /** The index of each kernel in `kernels`, by name. It is the same on every thread. */
  readonly index: ReadonlyMap<string, number>
}

/** The kernels, with their memory. */
export function instantiate({ kernels: modules, flip }: Modules, memory: WebAssembly.Memory): Instance {
  const index = new Map<string, number>()
  const kernels: Kernel[] = []
  for (const module of modules) {
    const { exports } = new WebAssembly.Instance(module, { env: { memory } })
    for (const { name, kind } of WebAssembly.Module.exports(module)) {
      if (kind !== 'function') continue
      if (name === 'setFlip') (exports[name] as (mask: number) => void)(flip)
      index.set(name, kernels.length)
      kernels.push(exports[name] as Kernel)
    }
  }
  return { kernels, index }
}
