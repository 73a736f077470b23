import type { Execution } from '@octet/core'
import { median } from '@octet/core/statistics'
import type { Profile } from '@octet/results'

/** The time of a program's steps, and of the whole program. */
export type StepTimes = Pick<Profile['device'], 'clock' | 'wholeNs' | 'by'> & {
  /** One time per step. */
  readonly ns: readonly number[]
}

/** The most repetitions of one measurement in a round. */
const MOST_REPEATS = 20
const FEWEST_ROUNDS = 5

/** The settings of a program's steps, made before they are timed. */
interface Settled {
  readonly clock: Profile['device']['clock']
  /** ns of one inference on the device. */
  readonly oneNs: number
  readonly budgetNs: number
  readonly mostRounds: number
}

/**
 * The steps of a loaded program, timed in rounds on the last uploaded input. A step's time is the time of the program's
 * first steps with it, minus the time without it: medians of rounds, at most the whole program's, made ascending. If
 * all these prefixes would take longer than the budget, each step is timed separately. The whole program also has a
 * turn in each round.
 */
export class StepTimer {
  /** The number of rounds that fit in the budget. */
  readonly rounds: number
  readonly #execution: Execution
  readonly #clock: StepTimes['clock']
  readonly #by: StepTimes['by']
  readonly #repeats: number
  readonly #whole: number[] = []
  readonly #parts: number[][]

  constructor(execution: Execution, { clock, oneNs, budgetNs, mostRounds }: Settled) {
    const { length } = execution.program.steps
    const beginningsNs = (length / 2 + 1) * oneNs
    this.#execution = execution
    this.#clock = clock
    this.#by = FEWEST_ROUNDS * beginningsNs <= budgetNs ? 'prefixes' : 'steps'
    const roundNs = this.#by === 'prefixes' ? beginningsNs : 2 * oneNs
    this.rounds = Math.max(1, Math.min(mostRounds, Math.floor(budgetNs / roundNs)))
    const repeats = Math.min(MOST_REPEATS, Math.floor(budgetNs / this.rounds / roundNs))
    this.#repeats = this.#by === 'prefixes' ? Math.max(1, repeats) : 1
    this.#parts = Array.from({ length }, () => [])
  }

  async run(): Promise<void> {
    this.#whole.push(median((await this.#execution.time(this.#repeats)).ns))
    for (const [step, part] of this.#inOrder()) {
      const span = { from: this.#by === 'prefixes' ? 0 : step, to: step + 1 }
      part.push(median((await this.#execution.time(this.#repeats, span)).ns))
    }
  }

  /** Every second round times the prefixes from the longest to the shortest, so that drift cancels. */
  #inOrder(): [number, number[]][] {
    const parts = [...this.#parts.entries()]
    return this.#by === 'prefixes' && this.#whole.length % 2 === 0 ? parts.toReversed() : parts
  }

  result(): StepTimes {
    const medians = this.#parts.map(median)
    const about = { clock: this.#clock, wholeNs: median(this.#whole), by: this.#by }
    if (this.#by === 'steps') return { ...about, ns: medians }
    // A device that joins steps may take less time for the whole than for a part in which it joins fewer.
    const ends = ascend(medians.map((ns) => Math.min(ns, about.wholeNs)))
    return { ...about, ns: ends.map((end, i) => end - (ends[i - 1] ?? 0)) }
  }
}

/**
 * The ascending values with the least squared distance to the given values. Neighbours that descend get their mean
 * (pool adjacent violators; Barlow et al., Statistical Inference under Order Restrictions, 1972).
 */
export function ascend(values: readonly number[]): number[] {
  const pools: { sum: number; count: number }[] = []
  for (const value of values) {
    pools.push({ sum: value, count: 1 })
    for (;;) {
      const [before, last] = pools.slice(-2)
      if (last === undefined || before.sum / before.count <= last.sum / last.count) break
      pools.splice(-2, 2, { sum: before.sum + last.sum, count: before.count + last.count })
    }
  }
  return pools.flatMap(({ sum, count }) => Array.from({ length: count }, () => sum / count))
}
