import { OctetError } from '@octet/core'

const PAGE = 65536
/** Blocks begin on cache lines, so that two threads never write to the same line. */
export const ALIGNMENT = 64

interface Block {
  readonly address: number
  readonly bytes: number
}

/**
 * Blocks of a WebAssembly memory, beginning at `start`. The first free block that fits is used, freed neighbours are
 * joined, and the memory grows when it is full.
 */
export class Heap {
  readonly memory: WebAssembly.Memory
  /** Free blocks by address. */
  #free: Block[]
  readonly #used = new Map<number, number>()

  constructor(memory: WebAssembly.Memory, start: number) {
    this.memory = memory
    const address = aligned(start)
    this.#free = [{ address, bytes: memory.buffer.byteLength - address }]
  }

  /** @throws OctetError if the memory cannot grow further. */
  allocate(size: number): number {
    const bytes = aligned(Math.max(size, 1))
    let at = this.#free.findIndex((block) => block.bytes >= bytes)
    if (at < 0) {
      this.#grow(bytes)
      at = this.#free.length - 1
    }
    const { address, bytes: there } = this.#free[at]
    const rest = there === bytes ? [] : [{ address: address + bytes, bytes: there - bytes }]
    this.#free.splice(at, 1, ...rest)
    this.#used.set(address, bytes)
    return address
  }

  /** Frees a block of `allocate`. An address that is not in use is ignored. */
  free(address: number): void {
    const bytes = this.#used.get(address)
    if (bytes === undefined) return
    this.#used.delete(address)
    let at = this.#free.findIndex((block) => block.address > address)
    if (at < 0) at = this.#free.length
    this.#free.splice(at, 0, { address, bytes })
    this.#join(at)
    if (at > 0) this.#join(at - 1)
  }

  #join(at: number): void {
    const [block, next] = [this.#free[at], this.#free[at + 1]]
    if (next === undefined || block.address + block.bytes !== next.address) return
    this.#free.splice(at, 2, { address: block.address, bytes: block.bytes + next.bytes })
  }

  #grow(bytes: number): void {
    const end = this.memory.buffer.byteLength
    // The memory grows by at least an eighth, so that growth stays rare.
    const pages = Math.ceil(Math.max(bytes, end / 8) / PAGE)
    try {
      this.memory.grow(pages)
    } catch {
      throw new OctetError(
        `WebAssembly memory cannot grow from ${end} by ${pages * PAGE} bytes`,
        'use a smaller batch',
      )
    }
    this.#free.push({ address: end, bytes: pages * PAGE })
    if (this.#free.length > 1) this.#join(this.#free.length - 2)
  }
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT
}
