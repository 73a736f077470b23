import type { Stretch } from '@octet/core'
import * as v from 'valibot'
import {
  count,
  type Described,
  finite,
  fraction,
  interval,
  positive,
  record,
  schemaOf,
  text,
} from './field.ts'

/** Most bins a stored histogram has. */
export const HISTOGRAM_BINS = 128

/** Counts of equal bins: bin i holds values in [lo + i * width, lo + (i + 1) * width). */
const HistogramSummarySchema = record({
  lo: finite,
  width: positive,
  counts: v.pipe(v.array(count), v.maxLength(HISTOGRAM_BINS)),
})

/** The result of one calibrator for a tensor. Shares are of the calibration set's values, read from its histogram. */
const CalibratedRangeSchema = record({
  /** The range that the calibrator chose, before it is extended to contain 0. */
  lo: finite,
  hi: finite,
  scale: positive,
  zeroPoint: v.pipe(v.number(), v.integer()),
  /** Share of values outside the range of the quantized type. */
  clipped: fraction,
  /** Share of values that end at qmin or qmax. */
  saturated: fraction,
  /** Number of distinct quantized levels in use. */
  usedLevels: count,
  /** Decibels; null when there is no error at all (infinite). */
  sqnrDb: v.nullable(finite),
  /** Share of the squared error that comes from clipped values; 0 when there is no error. */
  clipErrorShare: v.exactOptional(fraction),
  /**
   * Where other calibration sets of this size would put the scale, 9 times in 10 (bootstrap); null where that was not
   * worked out.
   */
  scaleInterval: v.exactOptional(v.nullable(interval)),
})
export type CalibratedRange = Described<typeof CalibratedRangeSchema>

/**
 * How far a tensor's values over evaluation samples lie from those over calibration samples; all are 0 for equal
 * distributions.
 */
const ShiftSchema = record({
  /** Kolmogorov-Smirnov distance, 0 to 1. */
  ks: fraction,
  /** Wasserstein-1 distance, in the tensor's unit. */
  wasserstein: positive,
  /** Jensen-Shannon divergence, 0 to 1 bit. */
  js: fraction,
  /** Population stability index: 0.1 is small, 0.25 large. */
  psi: positive,
})
export type Shift = Described<typeof ShiftSchema>

/** The strategy that does best on held-out calibration samples, and how all candidates do there. */
const CalibrationEvidenceSchema = record({
  calibration: text,
  /** In dB; null where a candidate leaves no error. */
  evidence: v.array(record({ calibration: text, sqnrDb: v.nullable(finite) })),
})
export type CalibrationEvidence = Described<typeof CalibrationEvidenceSchema>

/** The calibration sample that sets an end of a tensor's range, and the share of the range that it decides. */
const SampleStretchSchema = schemaOf<Stretch>()(
  record({
    end: v.picklist(['low', 'high']),
    /** Its place among the calibration samples, counted from 0. */
    sample: count,
    value: finite,
    /** Where the end would be without that sample; null where no other sample held a finite value. */
    without: v.nullable(finite),
    /** Share of the width of the range, 0 within it, that would go with the sample. */
    share: fraction,
  }),
)
export type SampleStretch = Described<typeof SampleStretchSchema>

/** The effect of storing the tensor as halves. */
const Fp16AuditSchema = record({
  verdict: v.picklist(['fine', 'overflows', 'absorbed', 'vanishes']),
  /** The verdict as a sentence. */
  words: text,
  /** Largest magnitude seen. */
  largest: positive,
})
export type Fp16Audit = Described<typeof Fp16AuditSchema>

/** One activation tensor of a workload, seen over the calibration set in FP32. */
export const LayerSchema = record({
  workload: text,
  tensor: text,
  /** Smallest and largest finite value seen. */
  range: interval,
  histogram: HistogramSummarySchema,
  /** By calibration strategy id. */
  perCalibration: v.record(text, CalibratedRangeSchema),
  /** Against evaluation samples. */
  shift: v.exactOptional(ShiftSchema),
  chosen: v.exactOptional(CalibrationEvidenceSchema),
  /** The sample at which the larger share hangs first. Earlier runs lack them. */
  stretches: v.exactOptional(v.array(SampleStretchSchema)),
  fp16: v.exactOptional(Fp16AuditSchema),
})
export type Layer = Described<typeof LayerSchema>
