import { clippedAt, observedRange, type Calibrator } from './calibrator.ts'
import { halved, magnitudes } from './histogram.ts'
import { kept } from './kept.ts'

/** The number of kept bins, and the KL divergence (nats) of the resulting distribution. */
export interface EntropyThreshold {
  readonly bins: number
  readonly divergence: number
}

/**
 * The number of bins i, from `levels` to all bins, for which quantizing h[0..i) to `levels` levels loses the least
 * information: the least KL(P || Q). P is h[0..i), with the mass of all later bins added to its last bin. Q spreads the
 * mass of each of `levels` groups of h[0..i) evenly over the group's non-zero bins. Clipped mass is in P and not in Q.
 * The last minimum wins. Bin 0 holds the exact zeros, which any scale represents, so it is counted as full as bin 1.
 *
 * Source: Migacz 2017, "8-bit Inference with TensorRT".
 */
export function entropyThreshold(
  counts: ArrayLike<number>,
  levels: number,
  options: { readonly keepZeroBin?: boolean } = {},
): EntropyThreshold {
  const h = Float64Array.from(counts)
  if (!options.keepZeroBin && h.length > 1) h[0] = h[1]
  const sums = prefixSums(h)
  const first = Math.min(levels, h.length)
  const estimates = Float64Array.from({ length: h.length + 1 - first }, (_, at) =>
    estimateDivergence(h, sums, first + at, levels),
  )
  // Estimates differ from the definition by rounding alone. The definition decides among estimates this close to the
  // least.
  const close = estimates.reduce((a, b) => Math.min(a, b), Infinity) + 1e-9
  let best: EntropyThreshold = { bins: h.length, divergence: Infinity }
  for (let at = 0; at < estimates.length; at++) {
    if (estimates[at] > close) continue
    const divergence = divergenceAt(h, first + at, levels)
    if (divergence <= best.divergence) best = { bins: first + at, divergence }
  }
  return best
}

interface PrefixSums {
  /** Sums over bins 0 to i-1 of h, of the non-zero bins, and of h log h. */
  readonly mass: Float64Array
  readonly occupied: Int32Array
  readonly plogp: Float64Array
}

function prefixSums(h: Float64Array): PrefixSums {
  const mass = new Float64Array(h.length + 1)
  const occupied = new Int32Array(h.length + 1)
  const plogp = new Float64Array(h.length + 1)
  for (let bin = 0; bin < h.length; bin++) {
    mass[bin + 1] = mass[bin] + h[bin]
    occupied[bin + 1] = occupied[bin] + (h[bin] > 0 ? 1 : 0)
    plogp[bin + 1] = plogp[bin] + xlogx(h[bin])
  }
  return { mass, occupied, plogp }
}

/** KL(P || Q) as (Σ P log P - Σ P log Q) / total + log(kept / total), group by group. */
function estimateDivergence(
  h: Float64Array,
  { mass, occupied, plogp }: PrefixSums,
  bins: number,
  levels: number,
): number {
  const total = mass[h.length]
  const clipped = total - mass[bins]
  const last = h[bins - 1]
  if (clipped > 0 && last === 0) return Infinity
  if (total === 0) return 0
  let plogq = 0
  let level = 0
  for (let group = 0, from = 0; group < levels; group++) {
    const to = Math.ceil(((group + 1) * bins) / levels)
    const held = mass[to] - mass[from]
    if (held > 0) {
      level = Math.log(held / (occupied[to] - occupied[from]))
      plogq += held * level
    }
    from = to
  }
  // A last bin that receives clipped mass is not empty, so `level` is the level of its group.
  const plogpHere = plogp[bins - 1] + xlogx(last + clipped)
  return (plogpHere - plogq - (clipped > 0 ? clipped * level : 0)) / total + Math.log(mass[bins] / total)
}

/** KL(P || Q) as it is defined, bin by bin. */
function divergenceAt(h: Float64Array, bins: number, levels: number): number {
  let total = 0
  for (const count of h) total += count
  let kept = 0
  for (let bin = 0; bin < bins; bin++) kept += h[bin]
  let divergence = 0
  for (let group = 0, from = 0; group < levels; group++) {
    const to = Math.ceil(((group + 1) * bins) / levels)
    let held = 0
    let occupied = 0
    for (let bin = from; bin < to; bin++) {
      held += h[bin]
      if (h[bin] > 0) occupied++
    }
    const q = held / occupied / kept
    for (let bin = from; bin < to; bin++) {
      const p = (bin === bins - 1 ? h[bin] + total - kept : h[bin]) / total
      if (p > 0) divergence += h[bin] > 0 ? p * Math.log(p / q) : Infinity
    }
    from = to
  }
  return divergence
}

function xlogx(x: number): number {
  return x > 0 ? x * Math.log(x) : 0
}

/**
 * Cuts magnitudes so that the quantized histogram of |x| stays nearest to the original in KL divergence. It has half of
 * the scheme's levels (128 of 8 bits), or all levels if an affine scheme spends them on one side of zero. If all values
 * of a tensor lie far from zero, it can lose nearly all of them: all mass in one bin has divergence 0.
 */
export const entropy: Calibrator = {
  id: 'entropy',
  traits: {
    summary:
      'the threshold of least KL divergence at 128 levels, 256 where one side is empty (Migacz 2017), ' +
      "over 1024 to 2048 bins: clipped mass goes into P's last bin and not into Q",
    cost: 'search',
    dependsOnOrder: false,
    sweep: ['entropy'],
  },
  range: kept((observation, scheme) => {
    const { min, max } = observedRange(observation)
    const oneSided = !scheme.symmetric && (min === 0 || max === 0)
    const levels = 2 ** (oneSided ? scheme.bits : scheme.bits - 1)
    // 1024 to 2048 bins, the number in the publication. Finer bins hold so few values that their noise reads as
    // information, and the threshold follows the noise.
    const histogram = halved(observation.histogram)
    const { bins } = entropyThreshold(magnitudes(histogram), levels)
    return clippedAt(bins * 2 ** histogram.exponent, observation)
  }),
}
