import { lower } from '../execute/lower.ts'
import { countOf, type Samples } from '../execute/program.ts'
import { trace } from '../execute/trace.ts'
import type { ExactKernels } from '../kernel/exact.ts'
import type { Model } from '../model/layers.ts'
import type { Normalizer } from '../model/normalizer.ts'
import { forEachChannel } from '../numerics/channel.ts'
import type { Tensor } from '../tensor/tensor.ts'

/** Statistics of each output channel of a layer, after its fused activation. */
export interface ChannelStatistics {
  readonly min: Float64Array
  readonly mean: Float64Array
  /** The standard deviation. */
  readonly deviation: Float64Array
}

/** The statistics of every weighted layer's output, by layer name, over raw samples [n, ...] in FP32. */
export function channelStatistics(
  model: Model,
  normalizer: Normalizer,
  samples: Samples,
  exact?: ExactKernels,
): Map<string, ChannelStatistics> {
  const program = lower({ precision: 'fp32', model }, { batch: countOf(samples), normalizer })
  const statistics = new Map<string, ChannelStatistics>()
  for (const { step, output } of trace(program, samples, { exact }))
    if ('weight' in step.constants) statistics.set(step.name, statisticsOf(output))
  return statistics
}

function statisticsOf({ shape, data }: Tensor): ChannelStatistics {
  const channels = shape[1]
  const min = new Float64Array(channels).fill(Infinity)
  const [sum, squares] = [new Float64Array(channels), new Float64Array(channels)]
  forEachChannel(shape, 1, (channel, start, end) => {
    for (let i = start; i < end; i++) {
      min[channel] = Math.min(min[channel], data[i])
      sum[channel] += data[i]
      squares[channel] += data[i] ** 2
    }
  })
  const count = data.length / channels
  const mean = sum.map((total) => total / count)
  const deviation = squares.map((total, c) => Math.sqrt(Math.max(0, total / count - mean[c] ** 2)))
  return { min, mean, deviation }
}
