import type { Clamp } from '../ops/spec.ts'
import { countUses } from '../model/reads.ts'
import type { Layer, Model } from '../model/layers.ts'
import { inferShapes } from '../model/shapes.ts'
import { isWeighted, type WeightedLayer } from '../model/weights.ts'
import { layerOp } from '../ops/list.ts'
import type { Shape } from '../tensor/tensor.ts'

/**
 * Two weighted layers. The first feeds only the second, through layers that keep channels apart and commute with a
 * positive gain. Each channel may then be divided in the first layer and multiplied in the second.
 */
export interface Junction {
  readonly first: WeightedLayer
  readonly second: WeightedLayer
  /**
   * The number of consecutive input channels of `second` for one output channel of `first`: more than 1 behind a
   * Flatten.
   */
  readonly spread: number
  /**
   * Whether a constant that is subtracted from a channel, and that no Relu between clips, reaches every product of
   * `second`.
   */
  readonly carriesOffset: boolean
  /** The layers of the junction whose output also has an upper bound, like ReLU6. No gain moves past them. */
  readonly bounded: readonly Layer[]
}

/** All junctions of a model, in its order. */
export function junctionsOf(model: Model): Junction[] {
  const uses = countUses(model.graph)
  const shapes = inferShapes(model.graph, 1)
  const readerOf = new Map(
    model.layers.flatMap((layer) => layer.inputs.map((name) => [name, layer] as const)),
  )
  const junctions: Junction[] = []
  for (const first of model.layers) {
    if (!isWeighted(first)) continue
    const way: Layer[] = [first]
    let carriesOffset = true
    for (;;) {
      const last = way.at(-1)!
      const kind = kindOf(last.clamp)
      const next = uses.get(last.output) === 1 ? readerOf.get(last.output) : undefined
      if (kind === 'other' || next === undefined) break
      if (isWeighted(next)) {
        const channels = shapes.get(first.output)![1]
        junctions.push({
          first,
          second: next,
          spread: shapes.get(next.inputs[0])![1] / channels,
          carriesOffset: carriesOffset && !pads(next),
          bounded: way.filter(({ clamp }) => kindOf(clamp) === 'bounded'),
        })
        break
      }
      if (!keepsChannelsApart(next, shapes.get(next.inputs[0])!, shapes.get(next.output)!)) break
      carriesOffset &&= !dilutesOffset(next)
      way.push(next)
    }
  }
  return junctions
}

/**
 * The effect of a clamp on a positive gain: the gain passes; or the upper bound would have to move; or neither is
 * possible.
 */
function kindOf([lo, hi]: Clamp): 'free' | 'bounded' | 'other' {
  if (lo !== 0 && lo !== -Infinity) return 'other'
  if (hi === Infinity) return 'free'
  return lo === 0 && hi > 0 ? 'bounded' : 'other'
}

function keepsChannelsApart({ node }: Layer, from: Shape, to: Shape): boolean {
  const { gain } = layerOp(node)
  // The batch stays the first axis, and channels stay the next.
  return gain === 'reshaped' ? to.length === 2 && to[0] === from[0] : gain === 'kept'
}

function pads({ node }: WeightedLayer): boolean {
  return 'pads' in node.attributes && node.attributes.pads.some((pad) => pad > 0)
}

function dilutesOffset({ node }: Layer): boolean {
  return (
    node.attributes !== null &&
    'countIncludePad' in node.attributes &&
    node.attributes.countIncludePad &&
    node.attributes.pads.some((pad) => pad > 0)
  )
}
