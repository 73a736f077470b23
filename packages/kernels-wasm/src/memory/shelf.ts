import type { Heap } from './heap.ts'
import { type Packed, PackedWeights, type Packing } from './packed.ts'

/** The storage of one op's constants: blocks of the heap that are freed together. */
export class Shelf {
  readonly #heap: Heap
  readonly #packed: PackedWeights
  readonly #blocks: number[] = []
  readonly #taken: Packed[] = []
  #bytes = 0

  /** @param packed the weights that ops of one device share. Default: none are shared */
  constructor(heap: Heap, packed: PackedWeights = new PackedWeights(heap)) {
    this.#heap = heap
    this.#packed = packed
  }

  /** The number of bytes that were put or reserved here. */
  get bytes(): number {
    return this.#bytes
  }

  reserve(bytes: number): number {
    const address = this.#heap.allocate(bytes)
    this.#blocks.push(address)
    this.#bytes += bytes
    return address
  }

  /** Puts an array into memory, and returns its address. */
  put(data: ArrayBufferView): number {
    const address = this.reserve(data.byteLength)
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    new Uint8Array(this.#heap.memory.buffer).set(bytes, address)
    return address
  }

  /** Puts weights into memory in a packed form that other ops may share. */
  share(source: Int8Array, form: string, pack: () => Packing): Packed {
    const packed = this.#packed.take(source, form, pack)
    this.#taken.push(packed)
    this.#bytes += packed.bytes
    return packed
  }

  free(): void {
    for (const address of this.#blocks) this.#heap.free(address)
    for (const packed of this.#taken) this.#packed.drop(packed)
    this.#blocks.length = 0
    this.#taken.length = 0
  }
}

const scratch = new DataView(new ArrayBuffer(4))

/** The bits of a number as float32, as an integer word. */
export function floatBits(value: number): number {
  scratch.setFloat32(0, value)
  return scratch.getInt32(0)
}
