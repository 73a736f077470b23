import type { CompiledProgram, StepList } from '../kernel/compiled.ts'
import type { KernelDevice } from '../kernel/contract.ts'
import type { Tensor } from '../tensor/tensor.ts'

/** The first steps of a program as compiled programs of their own, joined in the way of the whole program. */
export class Prefixes {
  readonly #list: StepList
  readonly #device: KernelDevice
  readonly #compilation: string
  readonly #compiled = new Map<number, CompiledProgram>()

  constructor(list: StepList, device: KernelDevice, compilation: string) {
    this.#list = list
    this.#device = device
    this.#compilation = compilation
  }

  /** The first `count` steps, at least 1. `written` has the tensors, by index, that a run of the program reads. */
  async of(count: number, written: ReadonlyMap<number, Tensor>): Promise<CompiledProgram> {
    const known = this.#compiled.get(count)
    if (known !== undefined) return known
    const list = prefixOf(this.#list, count)
    const isOffered = this.#device.compilations?.(list).includes(this.#compilation)
    const compiled = await this.#device.compile!(list, isOffered ? this.#compilation : undefined)
    this.#compiled.set(count, compiled)
    for (const index of list.written) await compiled.write(index, written.get(index)!)
    return compiled
  }

  release(): void {
    for (const compiled of this.#compiled.values()) compiled.release()
    this.#compiled.clear()
  }
}

function prefixOf({ tensors, steps, written, fixed }: StepList, count: number): StepList {
  const first = steps.slice(0, count)
  const inputs = new Set(first.flatMap((step) => step.inputs))
  return {
    tensors,
    steps: first,
    written: written.filter((index) => inputs.has(index)),
    read: [first[count - 1].output],
    fixed: new Map([...fixed].filter(([index]) => inputs.has(index))),
  }
}
