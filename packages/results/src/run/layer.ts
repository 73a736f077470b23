import type { Interval } from '@octet/core/statistics'
import * as v from 'valibot'
import { count, finite, fraction, interval, positive, text } from './field.ts'

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
  /** Share of the squared error that comes from clipped values; 0 when there is no error. */
  readonly clipErrorShare?: number
  /**
   * Where other calibration sets of this size would put the scale, 9 times in 10 (bootstrap); null where that was not
   * worked out.
   */
  readonly scaleInterval?: Interval | null
}

/**
 * How far a tensor's values over evaluation samples lie from those over calibration samples; all are 0 for equal
 * distributions.
 */
export interface Shift {
  /** Kolmogorov-Smirnov distance, 0 to 1. */
  readonly ks: number
  /** Wasserstein-1 distance, in the tensor's unit. */
  readonly wasserstein: number
  /** Jensen-Shannon divergence, 0 to 1 bit. */
  readonly js: number
  /** Population stability index: 0.1 is small, 0.25 large. */
  readonly psi: number
}

/** The strategy that does best on held-out calibration samples, and how all candidates do there. */
export interface CalibrationEvidence {
  readonly calibration: string
  /** In dB; null where a candidate leaves no error. */
  readonly evidence: readonly { readonly calibration: string; readonly sqnrDb: number | null }[]
}

/** What storing the tensor as halves does to it. */
export interface Fp16Audit {
  readonly verdict: 'fine' | 'overflows' | 'absorbed' | 'vanishes'
  /** The verdict as a sentence. */
  readonly words: string
  /** Largest magnitude seen. */
  readonly largest: number
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
  /** Against evaluation samples. */
  readonly shift?: Shift
  readonly chosen?: CalibrationEvidence
  readonly fp16?: Fp16Audit
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
  clipErrorShare: v.exactOptional(fraction),
  scaleInterval: v.exactOptional(v.nullable(interval)),
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
  shift: v.exactOptional(v.object({ ks: fraction, wasserstein: positive, js: fraction, psi: positive })),
  chosen: v.exactOptional(
    v.object({
      calibration: text,
      evidence: v.array(v.object({ calibration: text, sqnrDb: v.nullable(finite) })),
    }),
  ),
  fp16: v.exactOptional(
    v.object({
      verdict: v.picklist(['fine', 'overflows', 'absorbed', 'vanishes']),
      words: text,
      largest: positive,
    }),
  ),
})
