import type { IntegerLimits, Range } from '../numerics/qparams.ts'
import { rint } from '../numerics/rint.ts'

/** Values and the number of times that each occurs. */
export interface WeightedValues {
  readonly values: Float64Array
  readonly counts: Float64Array
}

/** The number of parts in which an affine range is shrunk. */
const SHRINKS = 100

/**
 * The fraction, 1/100 to 1, by which to shrink a range for the least squared error under the affine grid of `limits`;
 * the first minimum wins.
 */
export function bestShrink(
  { values, counts }: WeightedValues,
  shrunk: (fraction: number) => Range,
  limits: IntegerLimits,
): { readonly fraction: number; readonly error: number } {
  let best = { fraction: 1, error: Infinity }
  for (let k = 1; k <= SHRINKS; k++) {
    const fraction = k / SHRINKS
    const error = affineError(values, counts, shrunk(fraction), limits)
    if (error < best.error) best = { fraction, error }
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
 * The affine range with the least squared error inside `observed`. Both ends are shrunk together, then each end in turn
 * until neither moves. The result is a local minimum in both ends and never worse than any common shrink.
 */
export function shrunkRange(points: WeightedValues, observed: Range, limits: IntegerLimits): Range {
  const { min: least, max: most } = observed
  const common = bestShrink(points, (f) => ({ min: least * f, max: most * f }), limits)
  let { error } = common
  let min = least * common.fraction
  let max = most * common.fraction
  if (least === 0 || most === 0) return { min, max }
  for (let before = Infinity; error < before;) {
    before = error
    const low = bestShrink(points, (f) => ({ min: least * f, max }), limits)
    if (low.error < error) [min, error] = [least * low.fraction, low.error]
    const high = bestShrink(points, (f) => ({ min, max: most * f }), limits)
    if (high.error < error) [max, error] = [most * high.fraction, high.error]
  }
  return { min, max }
}
