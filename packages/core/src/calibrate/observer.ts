import type { Range } from '../numerics/qparams.ts'
import { movingAverage, type MovingAverage } from './averaging.ts'
import { HistogramBuilder } from './histogram.ts'
import type { Observation } from './observation.ts'

/** Values looked at together: the second look at them finds them in the first-level cache. */
const BLOCK = 4096

/** Watches one tensor during a calibration pass. */
export class Observer {
  readonly #tensor: string
  readonly #histogram = new HistogramBuilder()
  #count = 0
  #min = Infinity
  #max = -Infinity
  #nan = 0
  #positiveInfinity = 0
  #negativeInfinity = 0
  #movingAverage: MovingAverage | null = null

  constructor(tensor: string) {
    this.#tensor = tensor
  }

  /** Takes one batch of the tensor's values. What counts as a batch matters to the moving average only. */
  observe(batch: Float32Array): void {
    const bits = new Uint32Array(batch.buffer, batch.byteOffset, batch.length)
    let min = Infinity
    let max = -Infinity
    for (let from = 0; from < batch.length; from += BLOCK) {
      const to = Math.min(from + BLOCK, batch.length)
      const block = this.#block(batch, bits, from, to)
      if (block.min < min) min = block.min
      if (block.max > max) max = block.max
    }
    if (min > max) return
    if (min < this.#min) this.#min = min
    if (max > this.#max) this.#max = max
    this.#movingAverage = movingAverage(this.#movingAverage, { min, max })
  }

  /** A copy of what was seen so far. */
  get observation(): Observation {
    return {
      tensor: this.#tensor,
      histogram: this.#histogram.snapshot(),
      count: this.#count,
      range: this.#count === 0 ? null : { min: this.#min, max: this.#max },
      movingAverage: this.#movingAverage,
      nonFinite: {
        nan: this.#nan,
        positiveInfinity: this.#positiveInfinity,
        negativeInfinity: this.#negativeInfinity,
      },
    }
  }

  #block(values: Float32Array, bits: Uint32Array, from: number, to: number): Range {
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
      return this.#block(finite, new Uint32Array(finite.buffer), 0, finite.length)
    }
    if (from < to) this.#histogram.add(values, bits, from, to, Math.max(-min, max))
    this.#count += to - from
    // Adding 0 turns -0, whose place in the order depends on what came first, into 0.
    return { min: min + 0, max: max + 0 }
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
