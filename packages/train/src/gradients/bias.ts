import type { Value } from '@octet/core/training'
import { sumOfChannel } from './sum.ts'

/** Fills every plane of `output` with its channel's bias. */
export function spreadBias(output: Value, bias: Value, batch: number, positions: number): void {
  const channels = bias.data.length
  for (let plane = 0; plane < batch * channels; plane++)
    output.data.fill(bias.data[plane % channels], plane * positions, (plane + 1) * positions)
}

/** Adds the sum of each plane of `dy` to its channel's gradient. */
export function sumPositions(grad: Float32Array, dy: Float32Array, batch: number, positions: number): void {
  const planes = { batch, channels: grad.length, plane: positions }
  for (let channel = 0; channel < grad.length; channel++) grad[channel] += sumOfChannel(dy, planes, channel)
}
