import type { Model } from '../model/layers.ts'
import { weightsOf, withWeights, type Weights } from '../model/weights.ts'
import type { ChannelStatistics } from './statistics.ts'
import { channelsRead } from './equalize.ts'
import { junctionsOf } from './junctions.ts'

/** A channel's least value is estimated as this many standard deviations below its mean. */
const DEVIATIONS = 3

/**
 * Bias absorption (Nagel et al. 2019, section 4.1.3). Equalization can leave a channel in front of a Relu far above
 * zero. The part that is always there, c = max(0, mean - 3 deviations) but at most the least observed value, then moves
 * from the bias of the layer that makes the channel into the biases of the layer that reads it: `b1 -= c`, `b2 += Σ W2
 * c`. Activations then spend no levels on this part. Exact on the samples of the statistics, where Relu cuts nothing
 * off. A second layer that pads is left alone, because its padding would have to hold -c.
 */
export function absorbBiases(model: Model, statistics: ReadonlyMap<string, ChannelStatistics>): Model {
  const changed = new Map<string, Weights>()
  for (const junction of junctionsOf(model)) {
    const { first, second, carriesOffset, bounded } = junction
    const seen = statistics.get(first.name)
    if (!carriesOffset || bounded.length > 0 || seen === undefined) continue
    const offsets = seen.mean.map((mean, i) =>
      Math.max(0, Math.min(seen.min[i], mean - DEVIATIONS * seen.deviation[i])),
    )
    if (offsets.every((offset) => offset === 0)) continue
    const [from, to] = [first, second].map((layer) => changed.get(layer.name) ?? weightsOf(model, layer))
    const received = Float64Array.from(to.bias)
    const perOutput = to.weight.data.length / received.length
    for (const [channel, start, end] of channelsRead(junction, to.weight))
      for (let i = start; i < end; i++)
        received[Math.floor(i / perOutput)] += to.weight.data[i] * offsets[channel]
    changed.set(first.name, { ...from, bias: from.bias.map((b, i) => b - offsets[i]) })
    changed.set(second.name, { ...to, bias: Float32Array.from(received) })
  }
  return withWeights(model, changed)
}
