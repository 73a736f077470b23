import type { Range } from '../numerics/qparams.ts'
import { movingAverage, type MovingAverage } from './averaging.ts'
import { FOLDS, mergeFolds, type Fold } from './fold.ts'
import { HistogramBuilder } from './histogram.ts'
import type { Observation } from './observation.ts'

/** Values looked at together: the second look at them finds them in the first-level cache. */
const BLOCK = 4096

/** The fold of a batch whose samples are not told apart. */
const UNDIVIDED = Uint8Array.of(0)

/** Watches one tensor during a calibration pass. */
export class Observer {
  readonly #tensor: string
  readonly #folds: (FoldBuilder | undefined)[] = Array.from({ length: FOLDS })
  #nan = 0
  #positiveInfinity = 0
  #negativeInfinity = 0
  #movingAverage: MovingAverage | null = null

  constructor(tensor: string) {
    this.#tensor = tensor
  }

  /**
   * Takes one batch of the tensor's values: equal runs, one after another for each sample of the batch, and the fold that
   * each sample belongs to (`foldOf`). What counts as a batch matters to the moving average only.
   */
  observe(batch: Float32Array, folds: ArrayLike<number> = UNDIVIDED): void {
    const run = batch.length / folds.length
    if (!Number.isInteger(run))
      throw new RangeError(
        `${batch.length} values of "${this.#tensor}" do not divide into ${folds.length} samples`,
      )
    const bits = new Uint32Array(batch.buffer, batch.byteOffset, batch.length)
    let min = Infinity
    let max = -Infinity
    for (let sample = 0; sample < folds.length; sample++) {
      const fold = (this.#folds[folds[sample]] ??= new FoldBuilder())
      if (folds !== UNDIVIDED) fold.samples++
      const end = (sample + 1) * run
      for (let from = sample * run; from < end; from += BLOCK) {
        const block = this.#block(fold, batch, bits, from, Math.min(from + BLOCK, end))
        if (block.min < min) min = block.min
        if (block.max > max) max = block.max
      }
    }
    if (min <= max) this.#movingAverage = movingAverage(this.#movingAverage, { min, max })
  }

  /** A copy of what was seen so far. */
  get observation(): Observation {
    const folds = this.#folds.map((fold = new FoldBuilder()) => fold.snapshot())
    return {
      ...mergeFolds(folds),
      tensor: this.#tensor,
      folds,
      movingAverage: this.#movingAverage,
      nonFinite: {
        nan: this.#nan,
        positiveInfinity: this.#positiveInfinity,
        negativeInfinity: this.#negativeInfinity,
      },
    }
  }

  #block(fold: FoldBuilder, values: Float32Array, bits: Uint32Array, from: number, to: number): Range {
    let min = Infinity
    let max = -Infinity
    let poison = 0
    for (let i = from; i < to; i++) {
      const x = values[i]
      if (x < min) min = x
      if (x > max) max = x
      poison += x - x
    }
    if (poison !== 0) {
      const finite = this.#finiteOf(values.subarray(from, to))
      return this.#block(fold, finite, new Uint32Array(finite.buffer), 0, finite.length)
    }
    // Adding 0 turns -0, whose place in the order depends on what came first, into 0.
    const range = { min: min + 0, max: max + 0 }
    if (from < to) fold.add(values, bits, from, to, range)
    return range
  }

  /** Counts what is not finite and returns the rest. */
  #finiteOf(values: Float32Array): Float32Array {
    for (const x of values) {
      if (x === Infinity) this.#positiveInfinity++
      else if (x === -Infinity) this.#negativeInfinity++
      else if (Number.isNaN(x)) this.#nan++
    }
    return values.filter(Number.isFinite)
  }
}

/** A fold being filled. */
class FoldBuilder {
  readonly #histogram = new HistogramBuilder()
  samples = 0
  #count = 0
  #min = Infinity
  #max = -Infinity

  /** Takes finite values and their ends. */
  add(values: Float32Array, bits: Uint32Array, from: number, to: number, { min, max }: Range): void {
    this.#histogram.add(values, bits, from, to, Math.max(-min, max))
    this.#count += to - from
    if (min < this.#min) this.#min = min
    if (max > this.#max) this.#max = max
  }

  snapshot(): Fold {
    return {
      histogram: this.#histogram.snapshot(),
      count: this.#count,
      samples: this.samples,
      range: this.#count === 0 ? null : { min: this.#min, max: this.#max },
    }
  }
}
