import { median } from '@octet/core/statistics'

/** Runs in each way, in turn, before one is kept. */
const TRIALS = 5

/** All threads must be this much faster than one to be kept: else they only take a core from others. */
const WORTH = 0.95

/** Whether a program runs on one thread or on all: measured over its first runs where that is open, then kept. */
export class ThreadChoice {
  readonly #alone: number[] = []
  readonly #together: number[] = []
  #kept: boolean | undefined

  /** @param alone what is known before any run; left out where the first runs are to tell */
  constructor(alone?: boolean) {
    this.#kept = alone
  }

  /** Whether the next run is to be on one thread. */
  get alone(): boolean {
    return this.#kept ?? this.#alone.length < this.#together.length
  }

  /** Runs that are still to be measured before a way is kept. */
  get trialsLeft(): number {
    return this.#kept === undefined ? 2 * (TRIALS + 1) - this.#alone.length - this.#together.length : 0
  }

  /** Takes the time of a run as `alone` said. The first of each way wakes threads and fills caches: it is left out. */
  note(ns: number): void {
    if (this.#kept !== undefined) return
    ;(this.alone ? this.#alone : this.#together).push(ns)
    if (this.trialsLeft === 0)
      this.#kept = median(this.#together.slice(1)) > WORTH * median(this.#alone.slice(1))
  }
}

/** A program that was run, or a part of it. */
interface Known {
  readonly choice: ThreadChoice
  /** Whether the steps are all of the program, so that their times tell. */
  readonly isWhole: boolean
}

/**
 * The choices of programs by their first op. Parts from the beginning run as their program does, so that the times of
 * longer and longer parts differ by their last step alone.
 */
export class ProgramChoices {
  readonly #programs = new WeakMap<object, { readonly steps: number; readonly choice: ThreadChoice }>()

  /**
   * @param first the first op of the steps
   * @param steps how many there are: of one first op the most so far are its program
   * @param isFasterAlone as of the team; called for a new program
   */
  of(first: object, steps: number, isFasterAlone: () => boolean | undefined): Known {
    const known = this.#programs.get(first)
    if (known !== undefined && steps <= known.steps)
      return { choice: known.choice, isWhole: steps === known.steps }
    const choice = new ThreadChoice(isFasterAlone())
    this.#programs.set(first, { steps, choice })
    return { choice, isWhole: true }
  }
}
