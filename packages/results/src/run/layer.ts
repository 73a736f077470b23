import * as v from 'valibot'
import { count, finite, fraction, interval, type Interval, positive, text } from './field.ts'

/** Most bins a stored histogram has. */
export const HISTOGRAM_BINS = 128

/** Counts of equal bins: bin i holds values in [lo + i * width, lo + (i + 1) * width). */
export interface HistogramSummary {
  readonly lo: number
  readonly width: number
  readonly counts: readonly number[]
}

/** What one calibrator makes of a tensor. Shares are of the calibration set's values, read from its histogram. */
export interface CalibratedRange {
  /** The range that the calibrator chose, before it is extended to contain 0. */
  readonly lo: number
  readonly hi: number
  readonly scale: number
  readonly zeroPoint: number
  /** Share of values outside what the quantized type can represent. */
  readonly clipped: number
  /** Share of values that end at qmin or qmax. */
  readonly saturated: number
  /** Number of distinct quantized levels in use. */
  readonly usedLevels: number
  /** Decibels; null when there is no error at all (infinite). */
  readonly sqnrDb: number | null
  /** Distance between the tensor's calibration and evaluation distributions, where it was measured. */
  readonly shift?: number
}

/** One activation tensor of a workload, seen over the calibration set in FP32. */
export interface Layer {
  readonly workload: string
  readonly tensor: string
  /** Smallest and largest finite value seen. */
  readonly range: Interval
  readonly histogram: HistogramSummary
  /** By calibration strategy id. */
  readonly perCalibration: Readonly<Record<string, CalibratedRange>>
}

const CalibratedRangeSchema: v.GenericSchema<CalibratedRange> = v.object({
  lo: finite,
  hi: finite,
  scale: positive,
  zeroPoint: v.pipe(v.number(), v.integer()),
  clipped: fraction,
  saturated: fraction,
  usedLevels: count,
  sqnrDb: v.nullable(finite),
  shift: v.exactOptional(finite),
})

export const LayerSchema: v.GenericSchema<Layer> = v.object({
  workload: text,
  tensor: text,
  range: interval,
  histogram: v.object({
    lo: finite,
    width: positive,
    counts: v.pipe(v.array(count), v.maxLength(HISTOGRAM_BINS)),
  }),
  perCalibration: v.record(text, CalibratedRangeSchema),
})
