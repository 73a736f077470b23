import { hashOf } from '../calibrate/fold.ts'
import { tensorsOf, type Samples } from '../execute/program.ts'
import type { Range } from '../numerics/index.ts'
import { requireFloat32 } from '../tensor/bits.ts'
import { elements, type Tensor } from '../tensor/tensor.ts'

/** The number of samples whose readings are kept: enough for a channel's mean and spread to a few percent. */
const KEPT = 256

/** The values of a model's input before normalization, by channel. They tell faults of sensors apart. */
export interface SensorObservation {
  /** The number of observed samples. */
  readonly samples: number
  readonly channels: readonly ChannelObservation[]
}

/** One channel (axis 1) of raw samples, without values that are not finite. */
export interface ChannelObservation {
  /** The exact ends over all samples; null if no value was finite. */
  readonly range: Range | null
  /**
   * Readings of up to 256 distinct samples, chosen by their hash. The order and size of batches do not change the
   * choice.
   */
  readonly readings: readonly Reading[]
}

/** A channel within one sample. The variance is 0 if the sample holds one value of the channel. */
export interface Reading extends Range {
  readonly mean: number
  readonly variance: number
}

/** A reading is stored as four numbers: mean, variance, min, max. */
const FIELDS = 4

/** Watches raw samples on their way to calibration or evaluation. Memory does not grow with the data. */
export class SensorObserver {
  #samples = 0
  #ends: { min: number; max: number }[] = []
  /** Readings by hash, at most twice KEPT. */
  #readings = new Map<number, Float64Array>()
  #furthest = Infinity

  /**
   * Takes raw samples [n, channels, ...]; samples [n] have one channel.
   * @throws OctetError for any array other than a Float32Array.
   */
  observe({ data, shape }: Tensor<'float32'>): void {
    requireFloat32(data, 'raw samples')
    const channels = shape[1] ?? 1
    const size = elements(shape.slice(1))
    while (this.#ends.length < channels) this.#ends.push({ min: Infinity, max: -Infinity })
    for (let sample = 0; sample < shape[0]; sample++) {
      const values = data.subarray(sample * size, (sample + 1) * size)
      const reading = readingsOf(values, channels)
      for (const [channel, ends] of this.#ends.entries()) {
        ends.min = Math.min(ends.min, reading[channel * FIELDS + 2])
        ends.max = Math.max(ends.max, reading[channel * FIELDS + 3])
      }
      this.#keep(hashOf(values), reading)
      this.#samples++
    }
  }

  /** Passes batches on as they are, so that another consumer reads the same pass, and observes the first input. */
  *watch(batches: Iterable<Samples>): Generator<Samples> {
    for (const batch of batches) {
      this.observe(tensorsOf(batch)[0])
      yield batch
    }
  }

  /** A copy of the observations so far. */
  get observation(): SensorObservation {
    const nearest = [...this.#readings].toSorted(([a], [b]) => a - b).slice(0, KEPT)
    return {
      samples: this.#samples,
      channels: this.#ends.map(({ min, max }, channel) => ({
        range: min > max ? null : { min, max },
        readings: nearest
          .map(([, reading]) => readingAt(reading, channel))
          .filter((reading) => reading.min <= reading.max),
      })),
    }
  }

  /** Keeps the samples with the smallest hashes, so that the choice does not depend on their order. */
  #keep(hash: number, reading: Float64Array): void {
    if (hash > this.#furthest) return
    const other = this.#readings.get(hash)
    if (other === undefined || precedes(reading, other)) this.#readings.set(hash, reading)
    if (this.#readings.size < 2 * KEPT) return
    const nearest = [...this.#readings].sort(([a], [b]) => a - b).slice(0, KEPT)
    this.#readings = new Map(nearest)
    this.#furthest = nearest[KEPT - 1][0]
  }
}

function readingsOf(values: Float32Array, channels: number): Float64Array {
  const reading = new Float64Array(channels * FIELDS)
  const run = values.length / channels
  for (let channel = 0; channel < channels; channel++) {
    let [count, sum, min, max] = [0, 0, Infinity, -Infinity]
    const end = (channel + 1) * run
    for (let i = channel * run; i < end; i++) {
      const x = values[i]
      if (!Number.isFinite(x)) continue
      count++
      sum += x
      if (x < min) min = x
      if (x > max) max = x
    }
    const mean = count === 0 ? 0 : sum / count
    let squares = 0
    for (let i = channel * run; i < end; i++) {
      const off = values[i] - mean
      if (Number.isFinite(off)) squares += off * off
    }
    reading.set([mean, count === 0 ? 0 : squares / count, min, max], channel * FIELDS)
  }
  return reading
}

function readingAt(reading: Float64Array, channel: number): Reading {
  const [mean, variance, min, max] = reading.subarray(channel * FIELDS, (channel + 1) * FIELDS)
  return { mean, variance, min, max }
}

/** Orders different samples of equal hash. */
function precedes(a: Float64Array, b: Float64Array): boolean {
  const at = a.findIndex((value, i) => value !== b[i])
  return at >= 0 && a[at] < b[at]
}
