import { clippedAt, type Calibrator } from './calibrator.ts'
import { halved } from './histogram.ts'

/** Levels on both sides of zero, and the substitute for an empty bin: the values of MXNet and ONNX Runtime. */
const LEVELS = 128
const EPSILON = 1e-4

/** The number of kept bins on each side of the middle, and the KL divergence (nats) of the result. */
export interface SmoothedThreshold {
  readonly bins: number
  readonly divergence: number
}

/**
 * Entropy calibration in the form of MXNet and ONNX Runtime, on a histogram [-T, T] with an odd number of bins. For
 * each half width i from `levels / 2` on, P is the middle 2i + 1 bins with the counts outside them added to its ends. Q
 * spreads each of `levels` groups of floor((2i + 1) / levels) bins evenly over the group; the last group also has the
 * mass of the remainder. Empty bins then get `epsilon`, taken from the others in equal parts. The first minimum of KL(P
 * || Q) wins. `truncate` rounds Q down to whole counts, like ONNX Runtime.
 */
export function smoothedEntropyThreshold(
  counts: ArrayLike<number>,
  levels: number,
  { epsilon = EPSILON, truncate = false }: { readonly epsilon?: number; readonly truncate?: boolean } = {},
): SmoothedThreshold {
  const h = Float64Array.from(counts)
  const middle = h.length >> 1
  let best: SmoothedThreshold = { bins: middle, divergence: Infinity }
  for (let bins = levels / 2; bins <= middle; bins++) {
    const [start, end] = [middle - bins, Math.min(middle + bins + 1, h.length)]
    const kept = h.subarray(start, end)
    const p = kept.slice()
    p[0] += sum(h.subarray(0, start))
    p[p.length - 1] += sum(h.subarray(end))
    const q = spread(kept, p, levels, truncate)
    const divergence = smooth(p, epsilon) && smooth(q, epsilon) ? kullbackLeibler(p, q) : Infinity
    if (divergence < best.divergence) best = { bins, divergence }
  }
  return best
}

/**
 * The half width of the threshold as a range. Two halvings leave 512 to 1024 bins a side. Exact zeros are the middle
 * bin.
 */
export const smoothedEntropy: Calibrator = {
  id: 'entropy-smoothed',
  traits: {
    summary: 'entropy as MXNet and ONNX Runtime have it: a two-sided histogram, empty bins smoothed',
    cost: 'search',
    dependsOnOrder: false,
    sweep: [],
  },
  range: (observation) => {
    const { positive, negative, zeros, exponent } = halved(halved(observation.histogram))
    const side = Math.max(positive.length, negative.length)
    const counts = new Float64Array(2 * side + 1)
    counts[side] = zeros
    negative.forEach((count, bin) => (counts[side - 1 - bin] = count))
    counts.set(positive, side + 1)
    return clippedAt(smoothedEntropyThreshold(counts, LEVELS).bins * 2 ** exponent, observation)
  },
}

function spread(kept: Float64Array, p: Float64Array, levels: number, truncate: boolean): Float64Array {
  const q = new Float64Array(p.length)
  const width = Math.floor(p.length / levels)
  for (let level = 0; level < levels; level++) {
    const [from, to] = [level * width, (level + 1) * width]
    const mass = sum(kept.subarray(from, level === levels - 1 ? undefined : to))
    let occupied = 0
    for (let bin = from; bin < to; bin++) if (p[bin] !== 0) occupied++
    if (occupied > 0) q.fill(truncate ? Math.trunc(mass / occupied) : mass / occupied, from, to)
  }
  return q
}

/** Gives empty bins `epsilon`, in place. False if there is nothing to take it from. */
function smooth(counts: Float64Array, epsilon: number): boolean {
  let empty = 0
  for (const count of counts) if (count === 0) empty++
  const share = (epsilon * empty) / (counts.length - empty)
  if (!(share < 1)) return false
  for (let bin = 0; bin < counts.length; bin++)
    counts[bin] = counts[bin] === 0 ? epsilon : counts[bin] - share
  return true
}

function kullbackLeibler(p: Float64Array, q: Float64Array): number {
  const [allP, allQ] = [sum(p), sum(q)]
  let divergence = 0
  for (let bin = 0; bin < p.length; bin++)
    divergence += (p[bin] / allP) * Math.log(p[bin] / allP / (q[bin] / allQ))
  return divergence
}

function sum(values: Float64Array): number {
  let total = 0
  for (const value of values) total += value
  return total
}
