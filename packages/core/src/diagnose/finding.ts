/** The possible faults of calibration data and of their results. */
export type FindingId =
  | 'too-few-samples'
  | 'sensor-gain'
  | 'sensor-offset'
  | 'outlier-sensor'
  | 'dead-channel'
  | 'normalized-twice'
  | 'distribution-shift'
  | 'lone-value'
  | 'clipping'
  | 'few-levels'
  | 'low-sqnr'
  | 'unstable-scale'
  | 'raised-scale'

/** One thing to look at. */
export interface CalibrationFinding {
  readonly id: FindingId
  /** A fault makes the numbers worthless; a warning costs accuracy; a note may be as it should. */
  readonly severity: 'fault' | 'warning' | 'note'
  /** The tensor it is about; null for the samples themselves. */
  readonly tensor: string | null
  /** The measured figure, and the entry of DIAGNOSE_THRESHOLDS that it exceeds. */
  readonly value: number
  readonly threshold: number
  /** One sentence for the user: the fault, its place, and the remedy. */
  readonly verdict: string
}

/**
 * Where findings begin. Set so that random splits of clean data stay below: over the workloads' own calibration and
 * evaluation samples the largest offset is 0.11 deviations and the largest change of gain 8%.
 */
export const DIAGNOSE_THRESHOLDS = {
  /** Probability that a further sample lies outside the observed range, 1 / (samples + 1). */
  unseenShare: 0.05,
  /** Relative width of the 90% interval of the scale that holds 99% of magnitudes, in the middle of all tensors. */
  bulkWidth: 0.4,
  /** Relative width of the 90% interval of one tensor's scale. */
  scaleWidth: 0.75,
  /** Logarithm of the ratio of a channel's spreads: 15%. */
  gain: 0.14,
  /** Difference of a channel's means, in standard deviations. */
  offset: 0.25,
  /** By how many standard errors a gain or an offset has to stand out. */
  standardErrors: 4,
  /** Fewer samples than this cannot show a gain, an offset or the usual values. */
  readings: 16,
  /** How much further a channel reaches than in the evaluation samples. */
  reach: 4,
  /**
   * How much further the furthest sample reaches than the furthest percent of samples, or the furthest values than
   * all others.
   */
  loneReach: 8,
  /** Share of a tensor's values that the furthest ones may be for their range to be theirs alone. */
  loneShare: 0.001,
  /** The spread of a dead channel, as a share of the spread of a living channel. */
  deadSpread: 0.02,
  /** Chance that a living channel shows nothing in as many samples. */
  deadChance: 1e-6,
  /** Share of the channels that have to agree on a fault of them all. */
  channels: 0.5,
  /**
   * A channel's spread after normalization, below which (or above whose inverse) the normalizer does not fit the
   * data.
   */
  normalizedSpread: 0.05,
  /** Population stability index between calibration and evaluation. */
  psi: 0.25,
  /** Kolmogorov-Smirnov distance between calibration and evaluation. */
  ks: 0.1,
  /** Share of evaluation values that are clipped. */
  clipped: 0.02,
  /** Share of the integers in use. */
  levels: 0.125,
  /** Signal to quantization noise for each bit, in dB. */
  sqnrDbPerBit: 2.5,
  /** How many times its own a scale is, where it was raised to keep sums within int32. */
  raised: 1,
} as const
