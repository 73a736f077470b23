import {
  calibrator,
  type Histogram,
  type Observation,
  outline,
  type QParams,
  type QuantizedModel,
  qparamsFromRange,
  type QuantScheme,
} from '@octet/core'
import { type CalibratedRange, HISTOGRAM_BINS, type Layer } from '@octet/results'

/** Points that a bin's values are taken to lie at, evenly spread, when there are as many. */
const POINTS_PER_BIN = 8

/**
 * What each calibrator makes of each tensor that has a grid of its own, for the report's layer view. A tensor that lies on
 * the grid of another (behind a MaxPool, say) has nothing to choose, and one that stays float no grid.
 */
export function describeLayers(
  workload: string,
  { activations }: QuantizedModel,
  observations: ReadonlyMap<string, Observation>,
  calibrations: readonly string[],
  scheme: QuantScheme,
): Layer[] {
  // Tensors on one grid hold the very same qparams.
  const owners = new Map([...activations].toReversed().map(([tensor, qparams]) => [qparams, tensor]))
  const layers: Layer[] = []
  for (const [tensor, qparams] of activations) {
    const observation = observations.get(tensor)
    if (owners.get(qparams) !== tensor || !observation?.range) continue
    const { lo, width, counts } = outline(observation.histogram, HISTOGRAM_BINS)
    layers.push({
      workload,
      tensor,
      range: [observation.range.min, observation.range.max],
      histogram: { lo, width, counts: [...counts] },
      perCalibration: Object.fromEntries(
        calibrations.map((name) => [name, calibratedRange(observation, name, scheme)]),
      ),
    })
  }
  return layers
}

function calibratedRange(observation: Observation, name: string, scheme: QuantScheme): CalibratedRange {
  const range = calibrator(name).range(observation, scheme)
  const qparams = qparamsFromRange(range, scheme)
  return {
    lo: range.min,
    hi: range.max,
    scale: qparams.scale[0],
    zeroPoint: qparams.zeroPoint[0],
    ...quantizationOf(observation.histogram, qparams),
  }
}

/** Shares, levels and SQNR of quantizing the values of a histogram, each bin's spread evenly over the bin. */
function quantizationOf(
  histogram: Histogram,
  { qmin, qmax, scale: [scale], zeroPoint: [zeroPoint] }: QParams,
): Pick<CalibratedRange, 'clipped' | 'saturated' | 'usedLevels' | 'sqnrDb'> {
  const levels = new Set<number>()
  let [count, clipped, saturated, signal, noise] = [0, 0, 0, 0, 0]
  const visit = (value: number, weight: number): void => {
    const steps = Math.round(value / scale) + zeroPoint
    const q = Math.min(qmax, Math.max(qmin, steps))
    levels.add(q)
    count += weight
    if (steps !== q) clipped += weight
    if (q === qmin || q === qmax) saturated += weight
    signal += weight * value * value
    noise += weight * (value - (q - zeroPoint) * scale) ** 2
  }
  if (histogram.zeros > 0) visit(0, histogram.zeros)
  const width = 2 ** histogram.exponent
  for (const [sign, side] of [
    [1, histogram.positive],
    [-1, histogram.negative],
  ] as const)
    side.forEach((inBin, bin) => {
      const points = Math.min(POINTS_PER_BIN, inBin)
      for (let point = 0; point < points; point++)
        visit(sign * (bin + (point + 0.5) / points) * width, inBin / points)
    })
  return {
    clipped: share(clipped, count),
    saturated: share(saturated, count),
    usedLevels: levels.size,
    sqnrDb: noise === 0 || signal === 0 ? null : 10 * Math.log10(signal / noise),
  }
}

/** Weights are sums of fractions: rounding must not carry a share past 1. */
function share(part: number, whole: number): number {
  return whole === 0 ? 0 : Math.min(1, part / whole)
}
