import type { Weights } from '../model/weights.ts'
import { qparamsFromRange, qparamsPerChannel, quantizeBias, type QParams } from '../numerics/index.ts'
import type { Grids } from '../model/quantized.ts'
import type { QuantizedWeights } from '../ops/record.ts'
import { KnownWeights } from './known-weights.ts'
import { withRoom, type Surroundings } from './room.ts'

/** The bias of a channel without weights, in int32 units: as fine as float32. */
const BIAS_ALONE = 2 ** 24
/** The smallest unit of such a bias, float32's smallest normal number. A smaller bias becomes zero. */
const SMALLEST_UNIT = 2 ** -126

/**
 * Weights [M, ...] on a grid, and biases [M] at scale s_x * s_w. The grid's scales are raised if sums could leave
 * int32: see `withRoom`. `known` shares integers of the same weights.
 * @throws OctetError if a weight is not finite, or as `withRoom` does.
 */
export function quantizeWeights(
  layer: string,
  weights: Weights,
  surroundings: Surroundings,
  grid: QParams,
  known: KnownWeights = new KnownWeights(),
): QuantizedWeights {
  const qparams = withRoom(layer, weights, surroundings, grid)
  return {
    weight: known.quantize(weights.weight, qparams),
    qparams,
    bias: quantizeBias(weights.bias, surroundings.input.scale[0], qparams.scale),
  }
}

/**
 * The grid of the weights' minimum and maximum. Per channel, the bias alone sets the scale of a channel without
 * weights. (Folding BatchNorm often leaves such dead channels.)
 * @throws OctetError if a weight is not finite.
 */
export function weightGrid(
  layer: string,
  { weight, bias }: Weights,
  input: QParams,
  scheme: Grids['weights'],
  known: KnownWeights = new KnownWeights(),
): QParams {
  const perChannel = scheme.granularity === 'per-channel'
  const ranges = known.rangesOf(weight, perChannel ? 0 : null, `weights of layer "${layer}"`)
  if (!perChannel) return qparamsFromRange(ranges[0], scheme)
  const qparams = qparamsPerChannel(ranges, 0, scheme)
  const scale = qparams.scale.map((s, m) => {
    const unit = Math.abs(bias[m]) / BIAS_ALONE
    const dead = ranges[m].min === 0 && ranges[m].max === 0
    return dead && unit >= SMALLEST_UNIT ? unit / input.scale[0] : s
  })
  return { ...qparams, scale }
}
