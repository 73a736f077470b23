import { median } from '@octet/core/statistics'

/** Runs in each way, in turn, before one is kept. */
const TRIALS = 5

/** All threads must be this much faster than one to be kept: else they only take a core from others. */
const WORTH = 0.95

/** Whether a program runs on one thread or on all: measured over its first runs, then kept. */
export class ThreadChoice {
  readonly #alone: number[] = []
  readonly #together: number[] = []
  #kept: boolean | undefined

  /** Whether the next run is to be on one thread. */
  get alone(): boolean {
    return this.#kept ?? this.#alone.length < this.#together.length
  }

  /** Runs that are still to be measured before a way is kept. */
  get trialsLeft(): number {
    return 2 * (TRIALS + 1) - this.#alone.length - this.#together.length
  }

  /** Takes the time of a run as `alone` said. The first of each way wakes threads and fills caches: it is left out. */
  note(ns: number): void {
    if (this.trialsLeft === 0) return
    ;(this.alone ? this.#alone : this.#together).push(ns)
    if (this.trialsLeft > 0) return
    this.#kept = median(this.#together.slice(1)) > WORTH * median(this.#alone.slice(1))
  }
}
