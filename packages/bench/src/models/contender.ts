import { type Contender, FEWEST_SAMPLES, median, repeatsWithin } from '@octet/core/statistics'
import { type ModelTime } from '@octet/results'
import type { Runner } from './runner.ts'

/** One project's model in one precision, and what a model of one trivial op takes there. */
export class ModelContender implements Contender {
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
    this.#repeats = repeatsWithin(regionNs, one)
    this.#trivialRepeats = repeatsWithin(regionNs / 2, trivial)
    return this.#repeats * one + this.#trivialRepeats * trivial
  }

  async run(): Promise<void> {
    this.samples.push(median(await this.#whole.run(this.#repeats)))
    this.overhead.push(median(await this.#trivial.run(this.#trivialRepeats)))
  }
}
