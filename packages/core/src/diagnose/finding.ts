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

/** A finding that the user should check. */
export interface CalibrationFinding {
  readonly id: FindingId
  /** A fault makes the numbers worthless; a warning costs accuracy; a note may describe correct data. */
  readonly severity: 'fault' | 'warning' | 'note'
  /** The tensor with the finding; null if the finding is about the samples. */
  readonly tensor: string | null
  /** The measured figure, and the entry of DIAGNOSE_THRESHOLDS that it exceeds. */
  readonly value: number
  readonly threshold: number
  /** A sentence for the user: the fault, its place, and the remedy. */
  readonly verdict: string
}

/**
 * The limits past which a finding is reported. Random splits of clean data stay below them: over the workloads' own
 * calibration and evaluation samples, the largest offset is 0.11 deviations and the largest change of gain is 8%.
 */
export const DIAGNOSE_THRESHOLDS = {
  /** The probability that a further sample lies outside the observed range, 1 / (samples + 1). */
  unseenShare: 0.05,
  /** Relative width of the 90% interval of the scale that holds 99% of magnitudes; the median over all tensors. */
  bulkWidth: 0.4,
  /** Relative width of the 90% interval of one tensor's scale. */
  scaleWidth: 0.75,
  /** Logarithm of the ratio of a channel's spreads; 0.14 is 15%. */
  gain: 0.14,
  /** Difference of a channel's means, in standard deviations. */
  offset: 0.25,
  /** The number of standard errors by which a gain or an offset must stand out. */
  standardErrors: 4,
  /** Fewer samples than this cannot show a gain, an offset or the usual values. */
  readings: 16,
  /** How many times as far a channel reaches as in the evaluation samples. */
  reach: 4,
  /**
   * How many times as far the furthest sample reaches as all but the furthest percent of samples, or the furthest
   * values as all other values.
   */
  loneReach: 8,
  /** The largest share of a tensor's values that counts as a few far values which set the range alone. */
  loneShare: 0.001,
  /** The spread of a dead channel, as a share of the spread of a living channel. */
  deadSpread: 0.02,
  /** The chance that a living channel shows no change in the same number of samples. */
  deadChance: 1e-6,
  /** The share of the channels that must agree on a common fault. */
  channels: 0.5,
  /**
   * If a channel's spread after normalization is below this value, or above its inverse, the normalizer does not fit
   * the data.
   */
  normalizedSpread: 0.05,
  /** The population stability index between calibration and evaluation. */
  psi: 0.25,
  /** The Kolmogorov-Smirnov distance between calibration and evaluation. */
  ks: 0.1,
  /** The share of evaluation values that are clipped. */
  clipped: 0.02,
  /** The share of the integers in use. */
  levels: 0.125,
  /** The signal-to-quantization-noise ratio for each bit, in dB. */
  sqnrDbPerBit: 2.5,
  /** The factor by which a scale was raised to keep sums within int32. */
  raised: 1,
} as const
