import { elements } from '@octet/core'
import type { Mode, Operator, Value } from '@octet/core/training'
import { momentsOf, projectionOf } from '../gradients/sum.ts'
import type { LayerWeights } from './layer-weights.ts'

/** The weight of the old running statistics in each update, as in training a BatchNormalization. */
const MOMENTUM = 0.9

/**
 * BatchNormalization behind a product whose weights already include the running statistics: c = g * u without bias,
 * with g = scale / sqrt(runningVar + epsilon), where u is the unfolded layer's output. While the norm is live, `y =
 * scale * (u - mean u) / sqrt(var u + epsilon) + shift` over the batch, and the running statistics are updated.
 * Afterwards, and in mode `infer`, y = c, whose bias includes the rest. So training quantizes the weights that will
 * run, from the first step on (Krishnamoorthi 2018, section 3.2.2).
 */
export function bindRenormalization(x: Value, weights: LayerWeights, y: Value): Operator {
  const { scale, shift, mean: runningMean, variance: runningVar, epsilon } = weights.norm!
  const { data: bias } = weights.own.bias
  const channels = runningMean.length
  const size = elements(x.shape)
  const plane = size / channels
  const means = new Float64Array(channels)
  const variances = new Float64Array(channels)
  /** 1 / sqrt(var c + epsilon g^2); 0 for a constant channel without scale. */
  const inverses = new Float64Array(channels)

  function normalize(batch: number, c: number): void {
    const [X, Y] = [x.data, y.data]
    const [mean, variance] = momentsOf(X, { batch, channels, plane }, c)
    const gain = scale.data[c] / Math.sqrt(runningVar[c] + epsilon)
    const spread = variance + epsilon * gain * gain
    means[c] = mean
    variances[c] = variance
    inverses[c] = spread > 0 ? 1 / Math.sqrt(spread) : 0
    const slope = Math.abs(scale.data[c]) * inverses[c]
    const offset = shift.data[c] - mean * slope
    for (let sample = 0, from = c * plane; sample < batch; sample++, from += size)
      for (let at = from; at < from + plane; at++) Y[at] = X[at] * slope + offset
    if (gain === 0) return
    runningMean[c] = runningMean[c] * MOMENTUM + (mean / gain + bias[c]) * (1 - MOMENTUM)
    runningVar[c] = runningVar[c] * MOMENTUM + (variance / (gain * gain)) * (1 - MOMENTUM)
  }

  function differentiate(batch: number, c: number): void {
    const [X, dx, dy] = [x.data, x.grad!, y.grad!]
    const [mean, inverse, count] = [means[c], inverses[c], batch * plane]
    const [sum, projection] = projectionOf(dy, X, { batch, channels, plane }, c, mean)
    shift.grad[c] += sum
    // y = |scale| * inverse * (c - mean c) + shift, where inverse depends on g and so on the scale.
    scale.grad[c] += Math.sign(scale.data[c]) * projection * variances[c] * inverse ** 3
    const slope = Math.abs(scale.data[c]) * inverse
    const level = sum / count
    const tilt = (projection * inverse * inverse) / count
    for (let sample = 0, from = c * plane; sample < batch; sample++, from += size)
      for (let at = from; at < from + plane; at++) dx[at] += slope * (dy[at] - level - (X[at] - mean) * tilt)
  }

  return {
    forward(batch: number, mode: Mode) {
      if (mode === 'infer' || !weights.live) y.data.set(x.data.subarray(0, batch * size))
      else for (let c = 0; c < channels; c++) normalize(batch, c)
    },
    backward(batch: number) {
      if (!weights.live) x.grad!.set(y.grad!.subarray(0, batch * size))
      else for (let c = 0; c < channels; c++) differentiate(batch, c)
    },
  }
}
