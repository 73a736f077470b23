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

/** The most bins of a stored histogram. */
export const HISTOGRAM_BINS = 128

/** Counts of equal bins. Bin i holds values in [lo + i * width, lo + (i + 1) * width). */
const HistogramSummarySchema = record({
  /** The lower end of the first bin. */
  lo: finite,
  /** The width of a bin, in the unit of the tensor. */
  width: positive,
  /** The number of values in each bin. */
  counts: v.pipe(v.array(count), v.maxLength(HISTOGRAM_BINS)),
})

/** The result of one calibrator for a tensor. Shares are of the calibration set's values, read from its histogram. */
const CalibratedRangeSchema = record({
  /** The range that the calibrator chose, before it is extended to contain 0. */
  lo: finite,
  hi: finite,
  /** The distance of two levels, in the unit of the tensor. */
  scale: positive,
  /** The integer that stands for 0. */
  zeroPoint: v.pipe(v.number(), v.integer()),
  /** The share of values outside the range of the quantized type. */
  clipped: fraction,
  /** The share of values that end at qmin or qmax. */
  saturated: fraction,
  /** Number of distinct quantized levels in use. */
  usedLevels: count,
  /** Decibels; null if there is no error (infinite). */
  sqnrDb: v.nullable(finite),
  /** The share of the squared error that comes from clipped values; 0 if there is no error. */
  clipErrorShare: v.exactOptional(fraction),
  /**
   * The 90% interval of the scale over other calibration sets of this size (bootstrap); null if it was not computed.
   */
  scaleInterval: v.exactOptional(v.nullable(interval)),
})
export type CalibratedRange = Described<typeof CalibratedRangeSchema>

/**
 * The distance of a tensor's values over evaluation samples from its values over calibration samples. All figures are 0
 * for equal distributions.
 */
const ShiftSchema = record({
  /** The Kolmogorov-Smirnov distance, 0 to 1. */
  ks: fraction,
  /** The Wasserstein-1 distance, in the tensor's unit. */
  wasserstein: positive,
  /** The Jensen-Shannon divergence, 0 to 1 bit. */
  js: fraction,
  /** The population stability index: 0.1 is small, 0.25 large. */
  psi: positive,
})
export type Shift = Described<typeof ShiftSchema>

/** The strategy that is best on held-out calibration samples, and the SQNR of all candidates on them. */
const CalibrationEvidenceSchema = record({
  /** The id of the chosen strategy. */
  calibration: text,
  /** SQNR in dB; null if a candidate leaves no error. */
  evidence: v.array(record({ calibration: text, sqnrDb: v.nullable(finite) })),
})
export type CalibrationEvidence = Described<typeof CalibrationEvidenceSchema>

/** The calibration sample that sets an end of a tensor's range, and the share of the range that it decides. */
const SampleStretchSchema = schemaOf<Stretch>()(
  record({
    /** The end of the range that the sample sets. */
    end: v.picklist(['low', 'high']),
    /** The index of the sample among the calibration samples, counted from 0. */
    sample: count,
    /** The value of that sample at the end. */
    value: finite,
    /** Where the end would be without that sample; null if no other sample held a finite value. */
    without: v.nullable(finite),
    /** The share of the range's width (with 0 inside) that would go with the sample. */
    share: fraction,
  }),
)
export type SampleStretch = Described<typeof SampleStretchSchema>

/** The effect of storing the tensor as halves. */
const Fp16AuditSchema = record({
  verdict: v.picklist(['fine', 'overflows', 'absorbed', 'vanishes']),
  /** The verdict as a sentence. */
  words: text,
  /** The largest observed magnitude. */
  largest: positive,
})
export type Fp16Audit = Described<typeof Fp16AuditSchema>

/** One activation tensor of a workload, observed over the calibration set in FP32. */
export const LayerSchema = record({
  /** The id of the workload. */
  workload: text,
  /** The name of the tensor. */
  tensor: text,
  /** The smallest and the largest finite observed value. */
  range: interval,
  histogram: HistogramSummarySchema,
  /** The results by the id of the calibration strategy. */
  perCalibration: v.record(text, CalibratedRangeSchema),
  /** The shift against evaluation samples. */
  shift: v.exactOptional(ShiftSchema),
  chosen: v.exactOptional(CalibrationEvidenceSchema),
  /** The stretches, largest share first. Earlier runs lack them. */
  stretches: v.exactOptional(v.array(SampleStretchSchema)),
  fp16: v.exactOptional(Fp16AuditSchema),
})
export type Layer = Described<typeof LayerSchema>
