import type { Graph } from '../model/graph.ts'
import { boundsOf, modelOf, type Layer, type Model } from '../model/layers.ts'
import { groupsOf, weightsOf, withWeights, type WeightedLayer, type Weights } from '../model/weights.ts'
import { tensor } from '../tensor/tensor.ts'
import { junctionsOf, type Junction } from './junctions.ts'

/**
 * The measure of a channel's weights: twice the largest magnitude for symmetric grids, or the largest minus the
 * smallest weight for affine grids.
 */
export type Extent = 'magnitude' | 'span'

/** Sweeps over a chain of layers end when no channel changes by more than this factor. */
const SETTLED = 1e-4
const MOST_SWEEPS = 100

/**
 * Cross-layer equalization (Nagel et al. 2019, section 4.1). Channel i between two layers is divided by `s = sqrt(r1[i]
 * / r2[i])` in the first layer, bias included, and multiplied by s in the second. r1 and r2 are the extents of the
 * weights that make the channel and that read it. Both extents become `sqrt(r1 r2)`, so per-tensor grids suit all
 * channels alike. This is repeated over all junctions until it settles. The model's function stays the same up to
 * float32 rounding. Channels without weights on either side do not change, nor do junctions with a Clip between (see
 * `unclip`).
 */
export function equalize(model: Model, extent: Extent = 'magnitude'): Model {
  const junctions = junctionsOf(model).filter(({ bounded }) => bounded.length === 0)
  const work = new Map<string, Work>()
  const workOf = (layer: WeightedLayer): Work => {
    const known = work.get(layer.name)
    if (known !== undefined) return known
    const { weight, bias } = weightsOf(model, layer)
    const made = {
      shape: weight.shape,
      weight: Float64Array.from(weight.data),
      bias: Float64Array.from(bias),
    }
    work.set(layer.name, made)
    return made
  }
  for (let sweep = 0, moved = Infinity; moved > SETTLED && sweep < MOST_SWEEPS; sweep++) {
    moved = 0
    for (const junction of junctions) {
      const [first, second] = [workOf(junction.first), workOf(junction.second)]
      const made = extents(first, channelsMade(first), extent)
      const read = extents(second, channelsRead(junction, second), extent)
      const scales = made.map((r1, i) => (r1 > 0 && read[i] > 0 ? Math.sqrt(r1 / read[i]) : 1))
      multiply(first.weight, channelsMade(first), (channel) => 1 / scales[channel])
      for (const [channel, scale] of scales.entries()) first.bias[channel] /= scale
      multiply(second.weight, channelsRead(junction, second), (channel) => scales[channel])
      for (const scale of scales) moved = Math.max(moved, Math.abs(Math.log(scale)))
    }
  }
  return withWeights(model, new Map([...work].map(([name, made]) => [name, rounded(made)])))
}

/**
 * The model with a Relu for each Clip [0, b], such as ReLU6, inside a junction, so that the junction can be equalized
 * (Nagel et al. 2019, section 5.1.1). The function changes: values past b are no longer clipped.
 */
export function unclip(model: Model): Model {
  const opened = junctionsOf(model).flatMap(({ bounded }) => bounded)
  if (opened.length === 0) return model
  const clips = new Set(opened.flatMap((layer) => activationOutputs(model.graph, layer)))
  const nodes = model.graph.nodes.map((node) =>
    node.op === 'Clip' && clips.has(node.output)
      ? ({ ...node, op: 'Relu', attributes: null } as const)
      : node,
  )
  return modelOf({ ...model.graph, nodes })
}

interface Work {
  readonly shape: readonly number[]
  readonly weight: Float64Array
  readonly bias: Float64Array
}

/** A run of weights that belong to one channel. */
type Runs = Iterable<readonly [channel: number, start: number, end: number]>

/** Runs of weights by the channel that they make. */
function* channelsMade({ shape, weight }: Work): Generator<readonly [number, number, number]> {
  const run = weight.length / shape[0]
  for (let channel = 0; channel < shape[0]; channel++) yield [channel, channel * run, (channel + 1) * run]
}

/** Runs of weights by the channel of the junction that they read. */
export function* channelsRead(
  { second, spread }: Pick<Junction, 'second' | 'spread'>,
  { shape }: { readonly shape: readonly number[] },
): Generator<readonly [number, number, number]> {
  const [outputs, perGroup, ...kernel] = shape
  const taps = kernel.reduce((a, b) => a * b, 1)
  const outputsPerGroup = outputs / groupsOf(second)
  for (let output = 0, start = 0; output < outputs; output++) {
    const firstInput = Math.floor(output / outputsPerGroup) * perGroup
    for (let input = 0; input < perGroup; input++, start += taps)
      yield [Math.floor((firstInput + input) / spread), start, start + taps]
  }
}

function extents({ weight }: Work, runs: Runs, extent: Extent): Float64Array {
  const least: number[] = []
  const most: number[] = []
  for (const [channel, start, end] of runs)
    for (let i = start; i < end; i++) {
      least[channel] = Math.min(least[channel] ?? Infinity, weight[i])
      most[channel] = Math.max(most[channel] ?? -Infinity, weight[i])
    }
  return Float64Array.from(most, (max, channel) =>
    extent === 'span' ? max - least[channel] : 2 * Math.max(max, -least[channel]),
  )
}

function multiply(weight: Float64Array, runs: Runs, factor: (channel: number) => number): void {
  for (const [channel, start, end] of runs) for (let i = start; i < end; i++) weight[i] *= factor(channel)
}

function rounded({ shape, weight, bias }: Work): Weights {
  return { weight: tensor('float32', shape, Float32Array.from(weight)), bias: Float32Array.from(bias) }
}

/** The outputs of a layer's Relu and Clip nodes: the layer's own node, or a node that is fused behind it. */
function activationOutputs({ nodes }: Graph, { node, output }: Layer): string[] {
  const producer = new Map(nodes.map((one) => [one.output, one]))
  const outputs: string[] = []
  for (let at = producer.get(output)!; boundsOf(at) !== undefined; at = producer.get(at.inputs[0])!) {
    outputs.push(at.output)
    if (at.output === node.output) break
  }
  return outputs
}
