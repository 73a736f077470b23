import type { Kernel } from '../threads/words.ts'

/** Compiled modules: what every engine has, and what relaxed SIMD adds. */
export interface Modules {
  readonly simd: WebAssembly.Module
  readonly relaxed?: WebAssembly.Module
  /** The mask that flips bytes for relaxed dot products. */
  readonly flip: number
}

export interface Instance {
  readonly kernels: readonly Kernel[]
  /** Of each kernel among `kernels`, by name; the same on every thread. */
  readonly index: ReadonlyMap<string, number>
}

/** The kernels over a memory. */
export function instantiate({ simd, relaxed, flip }: Modules, memory: WebAssembly.Memory): Instance {
  const index = new Map<string, number>()
  const kernels: Kernel[] = []
  for (const module of relaxed === undefined ? [simd] : [simd, relaxed]) {
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
