import { elements } from '@octet/core'
import type { Mode, Operator, Value } from '@octet/core/training'
import { sumOf, sumOfProducts, sumOfSquares } from '../gradients/sum.ts'
import type { LayerWeights, NormValues } from './layer-weights.ts'

/** Weight of the old running statistics in each update, as in training BatchNormalization. */
const MOMENTUM = 0.9

/**
 * BatchNormalization behind a product whose weights have the running statistics folded in already: c = g * u without
 * bias, with g = scale / sqrt(runningVar + epsilon) and u what the layer would yield unfolded. While the norm is live,
 * `y = scale * (u - mean u) / sqrt(var u + epsilon) + shift` over the batch, and the running statistics follow;
 * afterwards, and in mode `infer`, y = c, whose bias has the rest. So the weights that are quantized are those that
 * will run, from the first step on (Krishnamoorthi 2018, section 3.2.2).
 */
export function bindRenormalization(x: Value, weights: LayerWeights, y: Value): Operator {
  const norm = weights.norm!
  const { data: bias } = weights.own.bias
  const channels = norm.mean.length
  const plane = elements(x.shape) / channels
  const size = elements(x.shape)
  const batches = new Batch(channels, plane)
  return {
    forward(batch: number, mode: Mode) {
      if (mode === 'infer' || !weights.live) {
        y.data.set(x.data.subarray(0, batch * size))
        return
      }
      for (let c = 0; c < channels; c++) batches.forward(x.data, y.data, batch, c, norm, bias[c])
    },
    backward(batch: number) {
      const dx = x.grad!
      const dy = y.grad!
      if (!weights.live) {
        dx.set(dy.subarray(0, batch * size))
        return
      }
      for (let c = 0; c < channels; c++) batches.backward(x.data, dx, dy, batch, c, norm)
    },
  }
}

/** One channel of a batch at a time, with what the forward step leaves for the backward one. */
class Batch {
  readonly #channels: number
  readonly #plane: number
  readonly #mean: Float64Array
  readonly #variance: Float64Array
  /** scale / g, the running deviation. */
  readonly #deviation: Float64Array
  /** 1 / sqrt(var c + epsilon g^2); 0 for a channel that is constant and has no scale. */
  readonly #inverse: Float64Array

  constructor(channels: number, plane: number) {
    this.#channels = channels
    this.#plane = plane
    this.#mean = new Float64Array(channels)
    this.#variance = new Float64Array(channels)
    this.#deviation = new Float64Array(channels)
    this.#inverse = new Float64Array(channels)
  }

  forward(
    x: Float32Array,
    y: Float32Array,
    batch: number,
    c: number,
    { scale, shift, mean: runningMean, variance: runningVar, epsilon }: NormValues,
    bias: number,
  ): void {
    const plane = this.#plane
    const step = this.#channels * plane
    const count = batch * plane
    let sum = 0
    for (let sample = 0, from = c * plane; sample < batch; sample++, from += step)
      sum += sumOf(x, from, from + plane)
    const mean = sum / count
    let squares = 0
    for (let sample = 0, from = c * plane; sample < batch; sample++, from += step)
      squares += sumOfSquares(x, from, from + plane, mean)
    const variance = squares / count
    const deviation = Math.sqrt(runningVar[c] + epsilon)
    const gain = scale.data[c] / deviation
    const spread = variance + epsilon * gain * gain
    const inverse = spread > 0 ? 1 / Math.sqrt(spread) : 0
    this.#mean[c] = mean
    this.#variance[c] = variance
    this.#deviation[c] = deviation
    this.#inverse[c] = inverse
    const slope = Math.abs(scale.data[c]) * inverse
    const offset = shift.data[c] - mean * slope
    for (let sample = 0, from = c * plane; sample < batch; sample++, from += step)
      for (let at = from; at < from + plane; at++) y[at] = x[at] * slope + offset
    if (gain === 0) return
    runningMean[c] = runningMean[c] * MOMENTUM + (mean / gain + bias) * (1 - MOMENTUM)
    runningVar[c] = runningVar[c] * MOMENTUM + (variance / (gain * gain)) * (1 - MOMENTUM)
  }

  backward(
    x: Float32Array,
    dx: Float32Array,
    dy: Float32Array,
    batch: number,
    c: number,
    { scale, shift }: NormValues,
  ): void {
    const plane = this.#plane
    const step = this.#channels * plane
    const count = batch * plane
    const mean = this.#mean[c]
    const inverse = this.#inverse[c]
    let sum = 0
    let projection = 0
    for (let sample = 0, from = c * plane; sample < batch; sample++, from += step) {
      sum += sumOf(dy, from, from + plane)
      projection += sumOfProducts(dy, x, from, from + plane, mean)
    }
    shift.grad[c] += sum
    // y = |scale| * inverse * (c - mean c) + shift, where inverse depends on g and so on the scale.
    scale.grad[c] += Math.sign(scale.data[c]) * projection * this.#variance[c] * inverse ** 3
    const slope = Math.abs(scale.data[c]) * inverse
    const level = sum / count
    const tilt = (projection * inverse * inverse) / count
    for (let sample = 0, from = c * plane; sample < batch; sample++, from += step)
      for (let at = from; at < from + plane; at++) dx[at] += slope * (dy[at] - level - (x[at] - mean) * tilt)
  }
}
