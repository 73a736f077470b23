import { median } from '@octet/core/statistics'

/** The number of runs in each mode, in turn, before the choice. */
const TRIALS = 5

/** All threads must be this much faster than one thread. Otherwise they only take cores from other work. */
const WORTH = 0.95

/**
 * Whether a program runs on one thread or on all. If that is unknown, its first runs are measured, and the choice is
 * final.
 */
export class ThreadChoice {
  readonly #alone: number[] = []
  readonly #together: number[] = []
  #kept: boolean | undefined

  /** @param alone the known choice. Absent if the first runs must decide */
  constructor(alone?: boolean) {
    this.#kept = alone
  }

  /** Whether the next run must use one thread. */
  get alone(): boolean {
    return this.#kept ?? this.#alone.length < this.#together.length
  }

  /** The runs that are still to be measured before the choice. */
  get trialsLeft(): number {
    return this.#kept === undefined ? 2 * (TRIALS + 1) - this.#alone.length - this.#together.length : 0
  }

  /**
   * Receives the time of a run in the mode that `alone` returned. The first run of each mode wakes threads and fills
   * caches, so it does not count.
   */
  note(ns: number): void {
    if (this.#kept !== undefined) return
    ;(this.alone ? this.#alone : this.#together).push(ns)
    if (this.trialsLeft === 0)
      this.#kept = median(this.#together.slice(1)) > WORTH * median(this.#alone.slice(1))
  }
}

/** A program that has run, or a part of it. */
interface Known {
  readonly choice: ThreadChoice
  /** Whether the steps are the whole program, so that their times count. */
  readonly isWhole: boolean
}

/**
 * The choices of programs, by their first op. A part from the beginning of a program runs in the program's mode, so
 * that the times of two successive parts differ only by the last step.
 */
export class ProgramChoices {
  readonly #programs = new WeakMap<object, { readonly steps: number; readonly choice: ThreadChoice }>()

  /**
   * @param first the first op of the steps
   * @param steps the number of steps. The largest number so far with this first op is the whole program
   * @param isFasterAlone the team's estimate, called for a new program
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
