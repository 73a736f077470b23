import { FEWEST_SAMPLES, median, type ModelTime } from '@octet/results'
import { messageOf } from '../show/message.ts'
import type { Runner } from './runner.ts'

/** One project's model in one precision, and what a model of one trivial op takes there. */
export class Contestant {
  readonly by: string
  readonly precision: ModelTime['precision']
  readonly note: string | undefined
  /** ns, a figure a round: the median of a turn's repetitions. */
  readonly samples: number[] = []
  readonly overhead: number[] = []
  readonly #whole: Runner
  readonly #trivial: Runner
  #repeats = 1
  #trivialRepeats = 1

  constructor(
    { by, precision, note }: Pick<ModelTime, 'by' | 'precision' | 'note'>,
    whole: Runner,
    trivial: Runner,
  ) {
    this.by = by
    this.precision = precision
    this.note = note
    this.#whole = whole
    this.#trivial = trivial
  }

  /** Settles repetitions; returns about what a turn takes, in ns. */
  async fill(regionNs: number): Promise<number> {
    const one = median(await this.#whole.run(FEWEST_SAMPLES))
    const trivial = median(await this.#trivial.run(FEWEST_SAMPLES))
    this.#repeats = Math.max(1, Math.ceil(regionNs / one))
    this.#trivialRepeats = Math.max(1, Math.ceil(regionNs / trivial / 2))
    return this.#repeats * one + this.#trivialRepeats * trivial
  }

  async run(): Promise<void> {
    this.samples.push(median(await this.#whole.run(this.#repeats)))
    this.overhead.push(median(await this.#trivial.run(this.#trivialRepeats)))
  }
}

/** A contestant, or why it does not take part. */
export type Entry =
  | { readonly contestant: Contestant }
  | { readonly by: string; readonly precision: ModelTime['precision']; readonly reason: string }

/** Has a contestant made; what that throws is the reason for its absence. */
export async function enter(
  { by, precision }: Pick<ModelTime, 'by' | 'precision'>,
  make: () => Promise<Contestant>,
): Promise<Entry> {
  try {
    return { contestant: await make() }
  } catch (error) {
    return { by, precision, reason: messageOf(error) }
  }
}
