import { elements, type BatchNormalizationNode } from '@octet/core'
import { at, type Bind } from './operator.ts'

/** Sums over planes are in float32, and sums over a channel in float64. */
export const bindBatchNormalization: Bind<BatchNormalizationNode> = (arena, node, inputs, y) => {
  const { kernels } = arena
  const { epsilon } = node.attributes
  const [x, scale, shift, mean, variance] = inputs
  const channels = scale.data.length
  const task = arena.task(
    [at(x.data), at(x.grad), at(y.data), at(y.grad)],
    [at(scale.data), at(scale.grad), at(shift.data), at(shift.grad)],
    [at(mean.data), at(variance.data), arena.room(2 * channels), arena.room(2 * channels)],
    [channels, elements(x.shape) / channels],
  )
  if (task === undefined || scale.grad === null || shift.grad === null) return undefined
  return {
    forward: (batch, mode) => kernels.batchNormForward(task, batch, Number(mode === 'train'), epsilon),
    backward: (batch) => {
      if (y.grad !== null) kernels.batchNormBackward(task, batch)
    },
  }
}
