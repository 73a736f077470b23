import type { IntegerLimits, QParams } from '../numerics/qparams.ts'
import { rint } from '../numerics/rint.ts'
import { forEachBin } from './histogram.ts'
import type { Observation } from './observation.ts'

/** The effect of quantizing a tensor with given qparams on the observed values. Shares are of all finite values. */
export interface QuantizationAccount {
  /** The smallest and the largest value that the integers represent: (qmin - z) * s and (qmax - z) * s. */
  readonly lo: number
  readonly hi: number
  readonly scale: number
  readonly zeroPoint: number
  /** Share of values whose integer lies outside [qmin, qmax] before it is clamped. */
  readonly clipped: number
  /** Share of values that end at qmin or qmax, including clipped values. */
  readonly saturated: number
  /** Distinct integers in use. */
  readonly usedLevels: number
  /** Signal to quantization noise, 10 log10(Σ x² / Σ (x - x')²) in dB; null without noise, or without signal. */
  readonly sqnrDb: number | null
  /** Share of the squared error that comes from clipped values; 0 when there is no error. */
  readonly clipErrorShare: number
}

/** Sums of squares over all finite values, in squares of the tensor's unit. */
export interface ExpectedError {
  /** Σ x². */
  readonly signal: number
  /** Σ (x - x')² over values whose integer needs no clamping, and over the others. */
  readonly rounding: number
  readonly clipping: number
}

/**
 * The squared error of per-tensor qparams, estimated from the observation's histogram. It assumes that values lie
 * evenly in their bins, and zeros at zero. The integrals are exact under that assumption.
 */
export function expectedError(observation: Observation, qparams: QParams): ExpectedError {
  const scale = qparams.scale[0]
  const grid = gridOf(qparams)
  let [signal, rounding, clipping] = [0, 0, 0]
  forEachSpan(observation, scale, (from, to, count) => {
    signal += (count * (from * from + from * to + to * to)) / 3
    rounding += count * meanOver(from, to, (u) => roundingNoise(u, grid))
    clipping += count * meanOver(from, to, (u) => clippingNoise(u, grid))
  })
  const unit = scale * scale
  return { signal: signal * unit, rounding: rounding * unit, clipping: clipping * unit }
}

/** Signal to quantization noise, 10 log10(signal / error) in dB; null when there is no error, or no signal. */
export function sqnrDb({ signal, rounding, clipping }: ExpectedError): number | null {
  const noise = rounding + clipping
  return noise > 0 && signal > 0 ? 10 * Math.log10(signal / noise) : null
}

/** Estimates the effect of per-tensor qparams from a histogram, as `expectedError` does. */
export function accountFor(observation: Observation, qparams: QParams): QuantizationAccount {
  const { qmin, qmax } = qparams
  const scale = qparams.scale[0]
  const zeroPoint = qparams.zeroPoint[0]
  const grid = gridOf(qparams)
  const used = new Uint8Array(qmax - qmin + 1)
  let [clipped, saturated] = [0, 0]
  forEachSpan(observation, scale, (from, to, count) => {
    clipped += count * outside(from, to, grid.qmin - 0.5, grid.qmax + 0.5)
    saturated += count * outside(from, to, grid.qmin + 0.5, grid.qmax - 0.5)
    markLevels(used, from, to, count, grid)
  })
  const error = expectedError(observation, qparams)
  const noise = error.rounding + error.clipping
  return {
    lo: grid.qmin * scale,
    hi: grid.qmax * scale,
    scale,
    zeroPoint,
    clipped: observation.count === 0 ? 0 : clipped / observation.count,
    saturated: observation.count === 0 ? 0 : saturated / observation.count,
    usedLevels: used.reduce((sum, one) => sum + one, 0),
    sqnrDb: sqnrDb(error),
    clipErrorShare: noise > 0 ? error.clipping / noise : 0,
  }
}

/** The integers minus the zero point: whole steps from 0. */
function gridOf({ qmin, qmax, zeroPoint }: QParams): IntegerLimits {
  return { qmin: qmin - zeroPoint[0], qmax: qmax - zeroPoint[0] }
}

/**
 * Visits the finest occupied intervals, in quantization steps, cut to the observed ends. Zeros are an interval of width
 * 0.
 */
function forEachSpan(
  { histogram, range }: Observation,
  scale: number,
  visit: (from: number, to: number, count: number) => void,
): void {
  if (range === null) return
  if (histogram.zeros > 0) visit(0, 0, histogram.zeros)
  forEachBin(histogram, ['positive'], (from, to, count) =>
    visit(Math.max(from, range.min) / scale, Math.min(to, range.max) / scale, count),
  )
  forEachBin(histogram, ['negative'], (from, to, count) =>
    visit(Math.max(-to, range.min) / scale, Math.min(-from, range.max) / scale, count),
  )
}

/** The share of an interval that lies below `low` or above `high`. */
function outside(from: number, to: number, low: number, high: number): number {
  if (from === to) return from < low || from > high ? 1 : 0
  const below = Math.max(0, Math.min(to, low) - from)
  const above = Math.max(0, to - Math.max(from, high))
  return (below + above) / (to - from)
}

/**
 * The mean of a function over an interval. `noise` is the function's integral from 0 (or, on a single point, the
 * function).
 */
function meanOver(from: number, to: number, noise: (u: number) => Noise): number {
  return from === to ? noise(from).at : (noise(to).integral - noise(from).integral) / (to - from)
}

interface Noise {
  readonly at: number
  readonly integral: number
}

/**
 * The squared distance to the nearest integer; 0 from half a step behind the ends on. Every whole step integrates to
 * 1/12.
 */
function roundingNoise(u: number, { qmin, qmax }: IntegerLimits): Noise {
  const inside = Math.min(Math.max(u, qmin - 0.5), qmax + 0.5)
  const off = inside - rint(inside)
  return { at: u === inside ? off * off : 0, integral: rint(inside) / 12 + (off * off * off) / 3 }
}

/** The squared distance to the nearer end, counted from half a step behind that end. */
function clippingNoise(u: number, { qmin, qmax }: IntegerLimits): Noise {
  const end = u < 0 ? qmin : qmax
  const past = u - end
  if (Math.abs(u) <= Math.abs(end) + 0.5) return { at: 0, integral: 0 }
  return { at: past * past, integral: (past * past * past - Math.sign(past) * 0.125) / 3 }
}

/**
 * Marks the integers that an interval reaches. If the interval has too few values for all of them, marks the middle
 * integer.
 */
function markLevels(
  used: Uint8Array,
  from: number,
  to: number,
  count: number,
  { qmin, qmax }: IntegerLimits,
): void {
  const level = (u: number): number => Math.min(Math.max(rint(u), qmin), qmax) - qmin
  const [first, last] = [level(from), level(to)]
  if (count > last - first) used.fill(1, first, last + 1)
  else used[level((from + to) / 2)] = 1
}
