import { rint, type QParams } from '../numerics/index.ts'

/** The exact effect of quantizing given values. `accountFor` estimates much of it from a histogram. */
export interface QuantizationHealth {
  /** The share of values whose integer lies below qmin (or above qmax) before it is clamped. */
  readonly saturationLow: number
  readonly saturationHigh: number
  /** The share of values that end at qmin (or at qmax). */
  readonly edgeLow: number
  readonly edgeHigh: number
  /** The number of distinct integers in use, and the bits that they carry on average (Shannon entropy). */
  readonly usedLevels: number
  readonly levelEntropyBits: number
  /** The share of the squared error that comes from saturated values; 0 if there is no error. */
  readonly clipErrorShare: number
  /** The mean of (x - x')², and the largest |x - x'|. */
  readonly mse: number
  readonly maxAbsError: number
  /** 10 log10(Σ x² / Σ (x - x')²) in dB; null if there is no error, or no signal. */
  readonly sqnrDb: number | null
}

/**
 * Quantizes values by per-tensor qparams of up to 16 bits and measures the effect. It computes in float64, so the
 * integers may differ from the integers of `quantize` next to a tie.
 * @throws RangeError if there are no values, or if a value is not finite.
 */
export function quantizationHealth(x: Float32Array, qparams: QParams): QuantizationHealth {
  if (x.length === 0 || !x.every(Number.isFinite))
    throw new RangeError(`${x.length} values, all to be finite, and one at least`)
  const { qmin, qmax } = qparams
  const [scale, zeroPoint] = [qparams.scale[0], qparams.zeroPoint[0]]
  const codes = new Float64Array(qmax - qmin + 1)
  let [low, high, signal, noise, clipNoise, largest] = [0, 0, 0, 0, 0, 0]
  for (let i = 0; i < x.length; i++) {
    const steps = rint(x[i] / scale) + zeroPoint
    const code = steps < qmin ? qmin : steps > qmax ? qmax : steps
    const error = x[i] - (code - zeroPoint) * scale
    signal += x[i] * x[i]
    noise += error * error
    largest = Math.max(largest, Math.abs(error))
    codes[code - qmin]++
    if (steps === code) continue
    clipNoise += error * error
    if (steps < qmin) low++
    else high++
  }
  const n = x.length
  return {
    saturationLow: low / n,
    saturationHigh: high / n,
    edgeLow: codes[0] / n,
    edgeHigh: codes[codes.length - 1] / n,
    usedLevels: codes.reduce((sum, count) => sum + (count > 0 ? 1 : 0), 0),
    levelEntropyBits: codes.reduce(
      (sum, count) => sum - (count > 0 ? (count / n) * Math.log2(count / n) : 0),
      0,
    ),
    clipErrorShare: noise > 0 ? clipNoise / noise : 0,
    mse: noise / n,
    maxAbsError: largest,
    sqnrDb: noise > 0 && signal > 0 ? 10 * Math.log10(signal / noise) : null,
  }
}
