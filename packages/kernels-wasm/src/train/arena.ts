import { kernelsOver, type Kernels } from './kernels.ts'

const PAGE = 65536
/** The kernels' own static data lies below this address. */
const START = 65536
/** Kernels read past the end of an array, but never further than this. */
const SLACK = 64
/**
 * Memory besides a network's arrays: working rooms of kernels, such as one sample's unfolded image. Untouched pages
 * cost nothing.
 */
const ROOMS = 1 << 24
const MOST = 2 ** 32 - PAGE

/**
 * The memory of one network, with arrays and rooms next to each other. It is freed as a whole when nothing refers to it
 * any more. It never grows, so arrays stay in place.
 */
export class Arena {
  readonly kernels: Kernels
  readonly #memory: WebAssembly.Memory
  #top = START

  /** @returns undefined if there is no memory for so many elements. */
  static open(module: WebAssembly.Module, elements: number): Arena | undefined {
    const bytes = START + 2 * 4 * elements + ROOMS
    if (bytes > MOST) return undefined
    try {
      return new Arena(module, new WebAssembly.Memory({ initial: Math.ceil(bytes / PAGE) }))
    } catch (error) {
      if (error instanceof RangeError) return undefined
      throw error
    }
  }

  private constructor(module: WebAssembly.Module, memory: WebAssembly.Memory) {
    this.#memory = memory
    this.kernels = kernelsOver(module, memory)
  }

  /** An array of zeros in this memory, or in JavaScript's memory if there is no room left. */
  array(length: number): Float32Array {
    const address = this.#take(4 * length)
    return address === undefined
      ? new Float32Array(length)
      : new Float32Array(this.#memory.buffer, address, length)
  }

  holds(array: Float32Array): boolean {
    return array.buffer === this.#memory.buffer
  }

  /** The result of `lay`, which reserves rooms and tasks. If it is undefined, they are freed again. */
  attempt<T>(lay: () => T | undefined): T | undefined {
    const before = this.#top
    const made = lay()
    if (made !== undefined) return made
    new Uint8Array(this.#memory.buffer, before, this.#top - before).fill(0)
    this.#top = before
    return undefined
  }

  /** Room for this many floats, all 0. Undefined if there is no room left. */
  room(floats: number): number | undefined {
    return this.#take(4 * floats)
  }

  /**
   * Writes a task for the kernels, word by word, and returns its address. Undefined if there is no room for it, or if
   * one of its words is undefined for that reason.
   */
  task(...groups: readonly (readonly (number | undefined)[])[]): number | undefined {
    const words = groups.flat()
    if (!words.every((word) => word !== undefined)) return undefined
    const address = this.#take(4 * words.length)
    if (address !== undefined) new Int32Array(this.#memory.buffer, address, words.length).set(words)
    return address
  }

  /** A word of a task. */
  set(task: number, word: number, value: number): void {
    new DataView(this.#memory.buffer).setInt32(task + 4 * word, value, true)
  }

  #take(bytes: number): number | undefined {
    const address = this.#top
    const end = address + Math.ceil((bytes + SLACK) / 64) * 64
    if (end > this.#memory.buffer.byteLength) return undefined
    this.#top = end
    return address
  }
}
