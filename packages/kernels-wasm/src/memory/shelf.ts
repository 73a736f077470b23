import type { Heap } from './heap.ts'

/** Where one op's constants are put: blocks of the heap that are freed together. */
export class Shelf {
  readonly #heap: Heap
  readonly #blocks: number[] = []
  #bytes = 0

  constructor(heap: Heap) {
    this.#heap = heap
  }

  /** Bytes put or reserved here. */
  get bytes(): number {
    return this.#bytes
  }

  reserve(bytes: number): number {
    const address = this.#heap.allocate(bytes)
    this.#blocks.push(address)
    this.#bytes += bytes
    return address
  }

  /** Puts an array into memory; its address. */
  put(data: ArrayBufferView): number {
    const address = this.reserve(data.byteLength)
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    new Uint8Array(this.#heap.memory.buffer).set(bytes, address)
    return address
  }

  free(): void {
    for (const address of this.#blocks) this.#heap.free(address)
    this.#blocks.length = 0
  }
}

const scratch = new DataView(new ArrayBuffer(4))

/** The bits of a number as float32, as an integer word. */
export function floatBits(value: number): number {
  scratch.setFloat32(0, value)
  return scratch.getInt32(0)
}
