import { kernelsOver, type Kernels } from './kernels.ts'

const PAGE = 65536
/** The kernels' own static data lie below. */
const START = 65536
/** Kernels read past the end of an array, never further than this. */
const SLACK = 64
/**
 * Besides a network's arrays: rooms of kernels, such as one sample's unfolded image. Pages that nobody touches cost
 * nothing.
 */
const ROOMS = 1 << 24
const MOST = 2 ** 32 - PAGE

/**
 * The memory of one network: arrays and rooms side by side, freed together when nobody holds it any more. It never
 * grows, so arrays stay where they are.
 */
export class Arena {
  readonly kernels: Kernels
  readonly #memory: WebAssembly.Memory
  #top = START

  /** @returns undefined where so many elements have no place. */
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

  /** Zeros here, or where no room is left in memory of JavaScript. */
  array(length: number): Float32Array {
    const address = this.#take(4 * length)
    return address === undefined
      ? new Float32Array(length)
      : new Float32Array(this.#memory.buffer, address, length)
  }

  holds(array: Float32Array): boolean {
    return array.buffer === this.#memory.buffer
  }

  /** What `lay` makes of rooms and tasks; where that is undefined, they are free again. */
  attempt<T>(lay: () => T | undefined): T | undefined {
    const before = this.#top
    const made = lay()
    if (made !== undefined) return made
    new Uint8Array(this.#memory.buffer, before, this.#top - before).fill(0)
    this.#top = before
    return undefined
  }

  /** Room for so many floats, all 0; undefined where none is left. */
  room(floats: number): number | undefined {
    return this.#take(4 * floats)
  }

  /**
   * Lays a task for the kernels, word by word; its address, or undefined where there is no room for it, or one of its
   * words is missing for that reason.
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
