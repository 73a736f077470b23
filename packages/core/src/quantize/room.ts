import { OctetError } from '../error.ts'
import type { Weights } from '../model/weights.ts'
import { LARGEST_SUM, reachOf, rint, type QParams } from '../numerics/index.ts'
import { sumsOf } from '../model/quantized.ts'
import type { QuantizedWeights } from '../ops/record.ts'

/** The grids of a layer's input and output, both per tensor. */
export interface Surroundings {
  readonly input: QParams
  readonly output: QParams
}

/** The largest cost of raising a layer's only scale of weights, in dB of SQNR. */
const MOST_LOSS_DB = 1
/** The smallest factor by which a scale is raised. */
const LEAST_RAISE = 1 + 2 ** -10

/**
 * The grid with scales raised until no sum of the layer can leave int32: for each output channel
 *
 *     |b_q| + Σ |w_q - z_w| * max(z_x - qmin, qmax - z_x) <= 2^31 - 1
 *
 * A channel lacks room if its bias is large beside its weights, or if it sums very many products. Per channel, only
 * that channel's scale is raised; the loss of its weights is small beside its bias. Per tensor, the one scale is raised
 * for all channels, unless that costs the layer 1 dB of SQNR or more. The noise is of rounded weights, with inputs
 * spread evenly over their grid, and of rounded outputs together. Returns the grid itself if there is room.
 * @throws OctetError naming the layer if raising costs too much, or if no scale is enough.
 */
export function withRoom(
  layer: string,
  weights: Weights,
  surroundings: Surroundings,
  qparams: QParams,
): QParams {
  const needed = scalesWithRoom(layer, weights, surroundings.input, qparams)
  if (qparams.axis !== null)
    return needed.every((scale, m) => scale === qparams.scale[m]) ? qparams : { ...qparams, scale: needed }
  const [before] = qparams.scale
  const scale = needed.reduce((most, one) => Math.max(most, one), before)
  if (scale === before) return qparams
  const raised = { ...qparams, scale: Float32Array.of(scale) }
  const loss = 10 * Math.log10(noise(weights, surroundings, raised) / noise(weights, surroundings, qparams))
  if (loss < MOST_LOSS_DB) return raised
  throw new OctetError(
    `layer "${layer}": bias and products of output channel ${needed.indexOf(scale)} leave int32 on the ` +
      `one scale of its weights, and raising it ${Number((scale / before).toPrecision(3))} times would ` +
      `cost the layer ${loss.toFixed(1)} dB of SQNR`,
    'give the weights a scale for each channel (per-channel), or keep this layer in fp16 or fp32',
  )
}

/** For each output channel, the scale that keeps its sums within int32: its own scale if that suffices. */
export function scalesWithRoom(
  layer: string,
  { weight, bias }: Weights,
  input: QParams,
  qparams: QParams,
): Float32Array {
  const inner = weight.data.length / bias.length
  return Float32Array.from(bias, (b, m) => {
    const at = qparams.scale.length === 1 ? 0 : m
    const channel = { w: weight.data.subarray(m * inner, (m + 1) * inner), b, z: qparams.zeroPoint[at] }
    let scale = qparams.scale[at]
    for (;;) {
      const sum = largestSum(channel, scale, input, qparams)
      if (sum <= LARGEST_SUM) return scale
      scale = Math.fround(scale * Math.max(sum / LARGEST_SUM, LEAST_RAISE))
      if (!Number.isFinite(scale))
        throw new OctetError(
          `layer "${layer}": the bias ${b} of output channel ${m} does not fit into int32 on any scale`,
          'keep this layer in fp32',
        )
    }
  })
}

/** An upper bound of a channel's largest sum on this scale, computed from rounded weights and a rounded bias. */
function largestSum(
  { w, b, z }: { readonly w: Float32Array; readonly b: number; readonly z: number },
  scale: number,
  input: QParams,
  { qmin, qmax }: QParams,
): number {
  const reach = reachOf(input)
  const unit = Math.fround(input.scale[0] * scale)
  const rounded = Math.abs(rint(Math.fround(b * Math.fround(1 / unit))))
  // A bias past float32 is far from int32 too. Its distance tells how much to raise the scale.
  const steps = rounded === Infinity ? Math.abs(b) / unit : rounded
  const most = steps + w.length * Math.max(z - qmin, qmax - z) * reach
  if (most <= LARGEST_SUM) return most
  const inverse = Math.fround(1 / scale)
  let sum = 0
  for (const value of w)
    sum += Math.abs(Math.min(Math.max(rint(Math.fround(value * inverse)), qmin - z), qmax - z))
  return steps + sum * reach
}

/**
 * The mean square, over a layer's outputs, of the noise from rounding its weights and its outputs. Inputs are assumed
 * to be spread evenly over their grid.
 */
function noise({ weight, bias }: Weights, { input, output }: Surroundings, qparams: QParams): number {
  const { qmin, qmax } = qparams
  const [scale, z] = [qparams.scale[0], qparams.zeroPoint[0]]
  const width = (input.qmax - input.qmin) * input.scale[0]
  const mean = ((input.qmax + input.qmin) / 2 - input.zeroPoint[0]) * input.scale[0]
  const variance = width ** 2 / 12
  const inner = weight.data.length / bias.length
  let total = 0
  for (let m = 0; m < bias.length; m++) {
    let [sum, squares] = [0, 0]
    for (let i = m * inner; i < (m + 1) * inner; i++) {
      const value = weight.data[i]
      const off = value - Math.min(Math.max(rint(value / scale), qmin - z), qmax - z) * scale
      sum += off
      squares += off * off
    }
    total += (sum * mean) ** 2 + squares * variance
  }
  return total / bias.length + output.scale[0] ** 2 / 12
}

/**
 * Integers that were changed after rounding. A channel whose sums could now leave int32 gets its earlier integers back.
 */
export function channelsWithRoom(
  changed: QuantizedWeights,
  before: QuantizedWeights,
  input: QParams,
): QuantizedWeights {
  const { data } = changed.weight
  const inner = data.length / changed.bias.length
  const kept = data.slice()
  for (const [m, sum] of sumsOf(changed, input).entries())
    if (sum > LARGEST_SUM) kept.set(before.weight.data.subarray(m * inner, (m + 1) * inner), m * inner)
  return { ...changed, weight: { ...changed.weight, data: kept } }
}

/** New biases, limited to the room that the channel's products leave in int32. */
export function biasWithRoom(bias: Int32Array, weights: QuantizedWeights, input: QParams): Int32Array {
  const products = sumsOf({ ...weights, bias: new Int32Array(bias.length) }, input)
  return bias.map((b, m) => Math.min(Math.max(b, products[m] - LARGEST_SUM), LARGEST_SUM - products[m]))
}
