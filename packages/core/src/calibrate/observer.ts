import type { Range } from '../numerics/qparams.ts'
import { bitsOf } from '../tensor/bits.ts'
import { movingAverage, type MovingAverage } from './averaging.ts'
import { endsWith, type RangeEnds } from './ends.ts'
import { FOLDS, mergeFolds, type Fold } from './fold.ts'
import { HistogramBuilder } from './histogram-builder.ts'
import type { NonFiniteCounts, Observation } from './observation.ts'

/**
 * The number of values that are counted together. If one value has no place yet, or is not finite, all of them are
 * visited again.
 */
const BLOCK = 4096

/** The fold of a batch whose samples are not told apart. */
const UNDIVIDED = Uint8Array.of(0)

/** Watches one tensor during a calibration pass. */
export class Observer {
  readonly #tensor: string
  readonly #folds: (FoldBuilder | undefined)[] = Array.from({ length: FOLDS })
  #movingAverage: MovingAverage | null = null
  #ends: RangeEnds | null = null
  /** The number of samples that were told apart. */
  #samples = 0
  /** The ends of the current batch. */
  #min = Infinity
  #max = -Infinity

  constructor(tensor: string) {
    this.#tensor = tensor
  }

  /**
   * Takes one batch of the tensor's values: runs of equal length, one for each sample of the batch, and the fold of
   * each sample (`foldOf`). Only the moving average depends on how samples are grouped into batches.
   * @throws OctetError for any array other than a Float32Array.
   */
  observe(batch: Float32Array, folds: ArrayLike<number> = UNDIVIDED): void {
    this.observePart(batch, folds)
    this.endBatch()
  }

  /**
   * Takes some samples of a batch, like `observe` takes all of them.
   * @throws OctetError for any array other than a Float32Array.
   */
  observePart(batch: Float32Array, folds: ArrayLike<number>): void {
    const bits = bitsOf(batch, `values of "${this.#tensor}"`)
    const run = batch.length / folds.length
    if (!Number.isInteger(run))
      throw new RangeError(
        `${batch.length} values of "${this.#tensor}" do not divide into ${folds.length} samples`,
      )
    for (let sample = 0; sample < folds.length; sample++) {
      const fold = (this.#folds[folds[sample]] ??= new FoldBuilder())
      if (folds !== UNDIVIDED) fold.samples++
      const end = (sample + 1) * run
      let [min, max] = [Infinity, -Infinity]
      for (let from = sample * run; from < end; from += BLOCK) {
        const block = fold.add(batch, bits, from, Math.min(from + BLOCK, end))
        if (block.min < min) min = block.min
        if (block.max > max) max = block.max
      }
      if (min < this.#min) this.#min = min
      if (max > this.#max) this.#max = max
      if (folds === UNDIVIDED) continue
      if (min <= max) this.#ends = endsWith(this.#ends, this.#samples, { min, max })
      this.#samples++
    }
  }

  /** Ends a batch that came in parts. */
  endBatch(): void {
    const [min, max] = [this.#min, this.#max]
    if (min <= max) this.#movingAverage = movingAverage(this.#movingAverage, { min, max })
    this.#min = Infinity
    this.#max = -Infinity
  }

  /** A copy of the observations so far. */
  get observation(): Observation {
    const builders = this.#folds.map((fold = new FoldBuilder()) => fold)
    const folds = builders.map((fold) => fold.snapshot())
    const total = (kind: keyof NonFiniteCounts): number =>
      builders.reduce((sum, { nonFinite }) => sum + nonFinite[kind], 0)
    return {
      ...mergeFolds(folds),
      tensor: this.#tensor,
      folds,
      movingAverage: this.#movingAverage,
      ends: this.#ends,
      nonFinite: {
        nan: total('nan'),
        positiveInfinity: total('positiveInfinity'),
        negativeInfinity: total('negativeInfinity'),
      },
    }
  }
}

/** A fold that is being filled. */
class FoldBuilder {
  readonly #histogram = new HistogramBuilder()
  samples = 0
  #min = Infinity
  #max = -Infinity

  get nonFinite(): NonFiniteCounts {
    return this.#histogram.nonFinite
  }

  /** Takes values and returns the ends of the finite values. Without finite values, min is above max. */
  add(values: Float32Array, bits: Uint32Array, from: number, to: number): Range {
    const { min, max } = this.#histogram.add(values, bits, from, to)
    // Adding 0 turns -0 into 0. Otherwise the sign of a zero end would depend on the first value.
    const range = { min: min + 0, max: max + 0 }
    if (range.min < this.#min) this.#min = range.min
    if (range.max > this.#max) this.#max = range.max
    return range
  }

  snapshot(): Fold {
    const { count } = this.#histogram
    return {
      histogram: this.#histogram.snapshot(),
      count,
      samples: this.samples,
      range: count === 0 ? null : { min: this.#min, max: this.#max },
    }
  }
}
