import { type BatchNormalizationNode, elements } from '@octet/core'
import type { Bind } from './bind.ts'
import { momentsOf, projectionOf } from './sum.ts'

/** The weight of the old running statistics in each update (ONNX's default for the attribute of this name). */
const MOMENTUM = 0.9

/**
 * y = scale * (x - mean) / sqrt(var + epsilon) + B per channel (Ioffe & Szegedy 2015). In training, mean and var are
 * the batch's (var divides by the number of elements, not one less). The running statistics become `running * 0.9 +
 * batch * 0.1`, as in ONNX's BatchNormalization with training_mode = 1.
 */
export const bindBatchNormalization: Bind<BatchNormalizationNode> = (node, inputs, output) => {
  const [x, scale, shift, runningMean, runningVar] = inputs
  const { epsilon } = node.attributes
  const channels = scale.data.length
  const plane = elements(x.shape) / channels
  const means = new Float64Array(channels)
  const inverses = new Float64Array(channels)

  function measure(batch: number, c: number): void {
    const [mean, variance] = momentsOf(x.data, { batch, channels, plane }, c)
    means[c] = mean
    inverses[c] = 1 / Math.sqrt(variance + epsilon)
    runningMean.data[c] = runningMean.data[c] * MOMENTUM + mean * (1 - MOMENTUM)
    runningVar.data[c] = runningVar.data[c] * MOMENTUM + variance * (1 - MOMENTUM)
  }

  return {
    forward(batch, mode) {
      const { data: X } = x
      const { data: Y } = output
      for (let c = 0; c < channels; c++) {
        if (mode === 'train') measure(batch, c)
        else {
          means[c] = runningMean.data[c]
          inverses[c] = 1 / Math.sqrt(runningVar.data[c] + epsilon)
        }
        const gain = scale.data[c] * inverses[c]
        const offset = shift.data[c] - means[c] * gain
        for (let sample = 0; sample < batch; sample++) {
          const from = (sample * channels + c) * plane
          const end = from + plane
          for (let at = from; at < end; at++) Y[at] = X[at] * gain + offset
        }
      }
    },
    backward(batch) {
      const { data: X, grad: dx } = x
      const { grad: dy } = output
      if (dy === null) return
      const count = batch * plane
      for (let c = 0; c < channels; c++) {
        const mean = means[c]
        const inverse = inverses[c]
        const [sum, tilted] = projectionOf(dy, X, { batch, channels, plane }, c, mean)
        const projection = tilted * inverse
        if (shift.grad !== null) shift.grad[c] += sum
        if (scale.grad !== null) scale.grad[c] += projection
        if (dx === null) continue
        const gain = scale.data[c] * inverse
        const slope = (projection * inverse) / count
        const tilt = gain * slope
        const rest = gain * (sum / count) - mean * tilt
        for (let sample = 0; sample < batch; sample++) {
          const from = (sample * channels + c) * plane
          const end = from + plane
          for (let at = from; at < end; at++) dx[at] += gain * dy[at] - (X[at] * tilt + rest)
        }
      }
    },
  }
}
