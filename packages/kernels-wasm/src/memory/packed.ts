import type { Heap } from './heap.ts'

/** Weights in the form that kernels read. */
export interface Packing {
  readonly data: Int16Array | Int8Array
  /** The sum of the weights of each output. */
  readonly sums: Int32Array
}

/** A packing in memory. */
export interface Packed extends Pick<Packing, 'sums'> {
  readonly address: number
  readonly bytes: number
}

interface Entry extends Packed {
  readonly source: Int8Array
  readonly checksum: number
  readonly form: string
  users: number
}

/** Unused packings are kept up to this many bytes, because the next program may have the same weights. */
const MOST_IDLE_BYTES: number = 2 ** 27

/**
 * Packed weights of a device's ops. Programs of one model have the same weights, because calibrations only change
 * activations. Programs that follow each other share one packing.
 */
export class PackedWeights {
  readonly #heap: Heap
  readonly #mostIdleBytes: number
  /** The entries, the last used at the end. */
  #entries: Entry[] = []

  constructor(heap: Heap, mostIdleBytes: number = MOST_IDLE_BYTES) {
    this.#heap = heap
    this.#mostIdleBytes = mostIdleBytes
  }

  /**
   * The packing of an array in a form. The form's name distinguishes it from all other forms. `drop` releases it.
   */
  take(source: Int8Array, form: string, pack: () => Packing): Packed {
    const checksum = checksumOf(source)
    const known = this.#entries.find((one) => one.source === source && one.form === form)
    // An array that was overwritten since then has another packing.
    if (known?.checksum === checksum) {
      known.users++
      return known
    }
    const { data, sums } = pack()
    const address = this.#heap.allocate(data.byteLength)
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    new Uint8Array(this.#heap.memory.buffer).set(bytes, address)
    const entry = { source, checksum, form, address, bytes: data.byteLength, sums, users: 1 }
    this.#entries.push(entry)
    return entry
  }

  drop(packed: Packed): void {
    const entry = packed as Entry
    entry.users--
    this.#entries = [...this.#entries.filter((one) => one !== entry), entry]
    let idle = 0
    for (const one of this.#entries.toReversed()) {
      if (one.users > 0) continue
      idle += one.bytes
      if (idle <= this.#mostIdleBytes) continue
      this.#heap.free(one.address)
      this.#entries = this.#entries.filter((other) => other !== one)
    }
  }
}

/** FNV-1a over words of four bytes, and over the remaining bytes. */
function checksumOf(source: Int8Array): number {
  const { buffer, byteOffset, length } = source
  let hash = 0x811c9dc5 | 0
  const mix = (value: number): void => {
    hash = Math.imul(hash ^ value, 0x01000193)
  }
  const whole = byteOffset % 4 === 0 ? length >> 2 : 0
  const words = whole > 0 ? new Int32Array(buffer, byteOffset, whole) : new Int32Array()
  for (let i = 0; i < words.length; i++) mix(words[i])
  for (let i = 4 * whole; i < length; i++) mix(source[i])
  return hash
}
