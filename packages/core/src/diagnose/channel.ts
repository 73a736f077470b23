import type { ChannelObservation, Reading } from './sensor.ts'

/** Statistics of a channel, with the standard errors that the variation of its samples gives. */
export interface ChannelSummary {
  readonly readings: readonly Reading[]
  readonly mean: number
  readonly meanError: number
  /** The standard deviation over all values, and the standard error of its logarithm. */
  readonly spread: number
  readonly logSpreadError: number
  /** Exact ends. */
  readonly min: number
  readonly max: number
}

/** One channel in calibration and in evaluation, and its normalization. */
export interface ChannelPair {
  readonly at: number
  /** Every reading in calibration. The summaries leave outlying readings out. */
  readonly all: readonly Reading[]
  readonly seen: ChannelSummary | null
  readonly other: ChannelSummary | null
  readonly offset: number
  readonly scale: number
}

/** Samples that reach this many times as far as nine in ten do not count for mean and spread. */
const OUTLYING = 8

/** Mean and spread without outlying samples, and the ends of all samples. Null if the channel held no finite value. */
export function summaryOf({ range, readings }: ChannelObservation): ChannelSummary | null {
  if (range === null || readings.length === 0) return null
  const middle = median(readings.map((reading) => reading.mean))
  const reaches = readings.map((reading) => reachFrom(reading, middle))
  const usual = reaches.toSorted((a, b) => a - b)[Math.floor(0.9 * (reaches.length - 1))]
  const kept = readings.filter((_, at) => reaches[at] <= OUTLYING * usual)
  const means = kept.map((reading) => reading.mean)
  const mean = average(means)
  const squares = kept.map((reading) => reading.variance + (reading.mean - mean) ** 2)
  const variance = average(squares)
  return {
    readings: kept,
    mean,
    meanError: errorOf(means, mean),
    spread: Math.sqrt(variance),
    logSpreadError: variance > 0 ? errorOf(squares, variance) / (2 * variance) : 0,
    min: range.min,
    max: range.max,
  }
}

/** The largest distance of a channel's values from a point. */
export function reachFrom(
  { min, max }: { readonly min: number; readonly max: number },
  point: number,
): number {
  return Math.max(Math.abs(min - point), Math.abs(max - point))
}

/** The standard error of a mean. */
function errorOf(x: readonly number[], mean: number): number {
  return Math.sqrt(average(x.map((value) => (value - mean) ** 2)) / Math.max(x.length - 1, 1))
}

function median(x: readonly number[]): number {
  return x.toSorted((a, b) => a - b)[Math.floor(x.length / 2)]
}

function average(x: readonly number[]): number {
  return x.reduce((sum, value) => sum + value, 0) / x.length
}
