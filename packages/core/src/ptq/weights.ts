import { rangesOf } from '../calibrate/index.ts'
import { OctetError } from '../error.ts'
import {
  qparamsFromRange,
  qparamsPerChannel,
  quantize,
  quantizeBias,
  type QParams,
} from '../numerics/index.ts'
import type { Tensor } from '../tensor/tensor.ts'
import type { Grids, QuantizedWeights } from './model.ts'

/** |x - zx| <= 255 and |w| <= 128: with more products than this an int32 sum could wrap. */
const MOST_PRODUCTS = 65_536
/** Largest |bias| in int32 units: half the range is left to the products. */
const LARGEST_BIAS = 2 ** 30
/** Bias of a channel without weights, in int32 units: as fine as float32. */
const BIAS_ALONE = 2 ** 24

/**
 * Weights [M, ...] on the grid of their own minimum and maximum, biases [M] at scale s_x * s_w.
 *
 * Per channel the bias has a say in the scale. Where weights all but vanish (dead channels, common once BatchNorm is
 * folded) |b| / (s_x * s_w) would leave int32: the scale is raised until it fits, which costs weights far below
 * one step of the output. Without any weights the bias alone sets the scale.
 * @throws OctetError when a weight is not finite, or a sum of products could leave int32.
 */
export function quantizeWeights(
  layer: string,
  weight: Tensor<'float32'>,
  bias: Float32Array,
  inputScale: number,
  scheme: Grids['weights'],
): QuantizedWeights {
  const products = weight.data.length / weight.shape[0]
  if (products > MOST_PRODUCTS)
    throw new OctetError(
      `layer "${layer}" sums ${products} products an output, int32 is only safe to ${MOST_PRODUCTS}`,
      'keep this layer in fp16 or fp32',
    )
  const qparams = weightGrid(layer, weight, bias, inputScale, scheme)
  return {
    weight: quantize('int8', weight, qparams),
    qparams,
    bias: quantizeBias(bias, inputScale, qparams.scale),
  }
}

/** The grid that `quantizeWeights` puts weights on. @throws OctetError when a weight is not finite. */
export function weightGrid(
  layer: string,
  weight: Tensor<'float32'>,
  bias: Float32Array,
  inputScale: number,
  scheme: Grids['weights'],
): QParams {
  const perChannel = scheme.granularity === 'per-channel'
  const ranges = rangesOf(weight, perChannel ? 0 : null, `weights of layer "${layer}"`)
  return perChannel
    ? roomForBias(qparamsPerChannel(ranges, 0, scheme), ranges, bias, inputScale)
    : qparamsFromRange(ranges[0], scheme)
}

function roomForBias(
  qparams: QParams,
  ranges: readonly { readonly min: number; readonly max: number }[],
  bias: Float32Array,
  inputScale: number,
): QParams {
  const scale = qparams.scale.map((s, m) => {
    const magnitude = Math.abs(bias[m]) / inputScale
    const dead = ranges[m].min === 0 && ranges[m].max === 0
    return dead && magnitude > 0 ? magnitude / BIAS_ALONE : Math.max(s, magnitude / LARGEST_BIAS)
  })
  return { ...qparams, scale }
}
