import { OctetError } from '@octet/core'
import type { Stop } from '../threads/node.ts'
import {
  ACTIVE,
  CALLS,
  DONE,
  FAILED,
  GENERATION,
  type Kernel,
  LIST,
  NEXT,
  OPEN,
  SCRATCH,
  SCRATCH_BYTES,
  SLEEPING,
} from '../threads/words.ts'
import { callsOf, type Run } from '../threads/run.ts'
import { runAlone, takeTiles } from '../threads/work.ts'

/** Shorter runs are over before another thread has woken. */
const WORTH_WAKING_CYCLES = 40_000
/** For longer runs, all threads are faster unless other work holds their cores for as long. */
const SURELY_SHARED_CYCLES = 20_000_000

/**
 * The cycles of a share. Taking a share costs a few hundred cycles, because the counters move from core to core. Small
 * shares let threads end together.
 */
const SHARE_CYCLES = 4_000
/** A shorter list does not justify the wait. */
const WORTH_SHARING_CYCLES = 1_500

/** The threads of a device: the thread that opened it, and the threads that it has started. */
export class Team {
  readonly #memory: WebAssembly.Memory
  #words: Int32Array
  readonly #kernels: readonly Kernel[]
  readonly #stops: readonly Stop[]
  /** The calls whose words are in memory. */
  #loaded: Int32Array | undefined

  constructor(memory: WebAssembly.Memory, kernels: readonly Kernel[], stops: readonly Stop[]) {
    this.#memory = memory
    this.#words = new Int32Array(memory.buffer)
    this.#kernels = kernels
    this.#stops = stops
  }

  /** The number of threads, including the calling thread. */
  get size(): number {
    return 1 + this.#stops.length
  }

  /** Sets the place of each thread's working memory. */
  setScratch(scratch: number, bytesEach: number): void {
    const words = this.#current()
    words[SCRATCH] = scratch
    words[SCRATCH_BYTES] = bytesEach
  }

  /**
   * The number of tiles of a call that a thread takes at a time. It is all tiles if sharing them would cost more than
   * it saves.
   */
  shareOf({ tiles, cycles }: { readonly tiles: number; readonly cycles: number }): number {
    if (cycles < WORTH_SHARING_CYCLES) return tiles
    return Math.max(1, Math.min(Math.floor((tiles * SHARE_CYCLES) / cycles), Math.ceil(tiles / this.size)))
  }

  /** Whether one thread runs this faster than all threads. Undefined if only a measurement can decide. */
  isFasterAlone({ cycles }: Run): boolean | undefined {
    if (this.size === 1 || cycles < WORTH_WAKING_CYCLES) return true
    return cycles < SURELY_SHARED_CYCLES ? undefined : false
  }

  /** Runs the calls in order, on one thread if `alone`, and returns when all are done. */
  run({ parts }: Run, alone: boolean): void {
    for (const part of parts) {
      const words = this.#current()
      if (this.#loaded !== part) {
        words[CALLS] = callsOf(part)
        words.set(part, LIST)
        this.#loaded = part
      }
      if (alone) runAlone(words, this.#kernels)
      else this.#runTogether(words, callsOf(part))
    }
  }

  /** Memory that is not shared gets a new buffer when it grows. */
  #current(): Int32Array {
    if (this.#words.length === 0) this.#words = new Int32Array(this.#memory.buffer)
    return this.#words
  }

  #runTogether(words: Int32Array, calls: number): void {
    words.fill(0, NEXT, NEXT + calls)
    words.fill(0, DONE, DONE + calls)
    const generation = (Atomics.load(words, GENERATION) % 0x3fffffff) + 1
    Atomics.store(words, OPEN, generation)
    Atomics.store(words, GENERATION, generation)
    if (Atomics.load(words, SLEEPING) > 0) Atomics.notify(words, GENERATION)
    takeTiles(words, this.#kernels, 0)
    Atomics.store(words, OPEN, 0)
    // Threads that have joined still read the words.
    while (Atomics.load(words, ACTIVE) > 0);
    const failed = Atomics.exchange(words, FAILED, 0)
    if (failed > 0) throw new OctetError(`kernel call ${failed - 1} of a run trapped`)
  }

  async dispose(): Promise<void> {
    for (const stop of this.#stops) await stop()
  }
}
