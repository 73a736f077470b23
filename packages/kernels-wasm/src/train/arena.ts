import type { Node, Operator, TrainingMemory, Value } from '@octet/core'
import { bindNode } from './bind.ts'
import { kernelsOver, type Kernels } from './kernels.ts'

const PAGE = 65536
/** The kernels' own static data lie below. */
const START = 65536
/** Kernels read past the end of an array, never further than this. */
const SLACK = 64
/** Besides a network's arrays: rooms of kernels, such as one sample's unfolded image. Pages that nobody touches cost nothing. */
const ROOMS = 1 << 24
const MOST = 2 ** 32 - PAGE

/**
 * The memory of one network: arrays and rooms side by side, freed together when nobody holds it any more. It never grows, so arrays stay
 * where they are.
 */
export class TrainingArena implements TrainingMemory {
  readonly kernels: Kernels
  readonly #memory: WebAssembly.Memory
  #top = START

  /** @returns undefined where so many elements have no place. */
  static open(module: WebAssembly.Module, elements: number): TrainingArena | undefined {
    const bytes = START + 2 * 4 * elements + ROOMS
    if (bytes > MOST) return undefined
    try {
      return new TrainingArena(module, new WebAssembly.Memory({ initial: Math.ceil(bytes / PAGE) }))
    } catch (error) {
      if (error instanceof RangeError) return undefined
      throw error
    }
  }

  private constructor(module: WebAssembly.Module, memory: WebAssembly.Memory) {
    this.#memory = memory
    this.kernels = kernelsOver(module, memory)
  }

  array(length: number): Float32Array {
    const address = this.#take(4 * length)
    return address === undefined
      ? new Float32Array(length)
      : new Float32Array(this.#memory.buffer, address, length)
  }

  bind(node: Node, inputs: readonly Value[], output: Value, capacity: number): Operator | undefined {
    const here = [...inputs, output].every(
      ({ data, grad }) => this.#holds(data) && (grad === null || this.#holds(grad)),
    )
    if (!here) return undefined
    const before = this.#top
    const operator = bindNode(this, node, inputs, output, capacity)
    if (operator === undefined) this.#top = before
    return operator
  }

  /** Room for so many floats, all 0; undefined where none is left. */
  room(floats: number): number | undefined {
    return this.#take(4 * floats)
  }

  /** Lays the words of a task for the kernels; its address, or undefined where there is no room for it, or one of the words is missing for that reason. */
  task(words: readonly (number | undefined)[]): number | undefined {
    if (!words.every((word) => word !== undefined)) return undefined
    const address = this.#take(4 * words.length)
    if (address !== undefined) new Int32Array(this.#memory.buffer, address, words.length).set(words)
    return address
  }

  /** A word of a task. */
  set(task: number, word: number, value: number): void {
    new DataView(this.#memory.buffer).setInt32(task + 4 * word, value, true)
  }

  #holds(array: Float32Array): boolean {
    return array.buffer === this.#memory.buffer
  }

  #take(bytes: number): number | undefined {
    const address = this.#top
    const end = address + Math.ceil((bytes + SLACK) / 64) * 64
    if (end > this.#memory.buffer.byteLength) return undefined
    this.#top = end
    return address
  }
}
