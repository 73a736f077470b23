import type { IntegerLimits, Range } from '../numerics/qparams.ts'
import { rint } from '../numerics/rint.ts'

/** Values with how often each occurs. */
export interface WeightedValues {
  readonly values: Float64Array
  readonly counts: Float64Array
}

/** Parts in which an affine range is shrunk. */
const SHRINKS = 100

/**
 * The fraction k/100, k = 1 to 100, by which to shrink the ends of a range for the least squared error under the affine
 * grid of `limits`; the first minimum wins.
 */
export function bestShrink(
  { values, counts }: WeightedValues,
  shrunk: (fraction: number) => Range,
  limits: IntegerLimits,
): { readonly k: number; readonly error: number } {
  let best = { k: SHRINKS, error: Infinity }
  for (let k = 1; k <= SHRINKS; k++) {
    const error = affineError(values, counts, shrunk(k / SHRINKS), limits)
    if (error < best.error) best = { k, error }
  }
  return best
}

/** Σ count * (x - x')^2 in float64. */
function affineError(
  values: Float64Array,
  counts: Float64Array,
  { min, max }: Range,
  { qmin, qmax }: IntegerLimits,
): number {
  const scale = (max - min) / (qmax - qmin)
  const zeroPoint = Math.min(qmax, Math.max(qmin, qmin - rint(min / scale)))
  const [low, high] = [qmin - zeroPoint, qmax - zeroPoint]
  let error = 0
  for (let i = 0; i < values.length; i++) {
    const x = values[i]
    const steps = rint(x / scale)
    const off = x - (steps < low ? low : steps > high ? high : steps) * scale
    error += counts[i] * off * off
  }
  return error
}

/**
 * The affine range of least squared error inside `observed`: both ends are shrunk together, then each by itself in turn
 * until neither moves. A local minimum in both ends, never worse than any common shrink.
 */
export function shrunkRange(points: WeightedValues, observed: Range, limits: IntegerLimits): Range {
  const common = bestShrink(points, (f) => ({ min: observed.min * f, max: observed.max * f }), limits)
  let { error } = common
  let min = (observed.min * common.k) / SHRINKS
  let max = (observed.max * common.k) / SHRINKS
  if (min === 0 || max === 0) return { min, max }
  for (let before = Infinity; error < before;) {
    before = error
    const low = bestShrink(points, (f) => ({ min: observed.min * f, max }), limits)
    if (low.error < error) [min, error] = [(observed.min * low.k) / SHRINKS, low.error]
    const high = bestShrink(points, (f) => ({ min, max: observed.max * f }), limits)
    if (high.error < error) [max, error] = [(observed.max * high.k) / SHRINKS, high.error]
  }
  return { min, max }
}
