import { yieldedBy } from '../model/graph.ts'
import type { Clamp } from '../ops/spec.ts'
import type { Layer, Model } from '../model/layers.ts'
import { layerOp } from '../ops/list.ts'

/** Faulty values that a tensor may contain. */
export interface Taint {
  readonly plus: boolean
  readonly minus: boolean
  readonly nan: boolean
}

/** Where infinities go that arise in one tensor. */
export interface Spread {
  /** Whether the model's output may hold an infinity or NaN because of them. */
  readonly reachesOutput: boolean
  /** Names of the layers behind which nothing of them is left. */
  readonly absorbedBy: readonly string[]
}

const CLEAN: Taint = { plus: false, minus: false, nan: false }
const ALL: Taint = { plus: true, minus: true, nan: true }

/** Follows infinities from a tensor through the layers that read it, as IEEE 754 arithmetic carries them. */
export function spreadFrom(model: Model, tensor: string, taint: Taint): Spread {
  const held = new Map([[tensor, taint]])
  const absorbedBy: string[] = []
  for (const layer of model.layers) {
    // Values of a layer's own output are already in place.
    if (layer.output === tensor) continue
    const inputs = layer.inputs.map((name) => held.get(name) ?? CLEAN)
    if (inputs.every(isClean)) continue
    const output = clamped(through(layer, inputs), layer.clamp)
    if (isClean(output)) absorbedBy.push(layer.name)
    else held.set(layer.output, output)
  }
  return { reachesOutput: yieldedBy(model.graph).some((name) => held.has(name)), absorbedBy }
}

function through({ node }: Layer, inputs: readonly Taint[]): Taint {
  const kept = {
    plus: inputs.some(({ plus }) => plus),
    minus: inputs.some(({ minus }) => minus),
    nan: inputs.some(({ nan }) => nan),
  }
  switch (layerOp(node).infinities) {
    case 'mixed':
      return ALL
    case 'summed':
      return { ...kept, nan: kept.nan || (kept.plus && kept.minus) }
    case 'kept':
      return kept
    case 'bounded':
      return { ...CLEAN, nan: kept.nan }
    case 'shared':
      // exp(x - max): -infinity becomes 0, +infinity is infinity less infinity.
      return { ...CLEAN, nan: kept.plus || kept.nan }
  }
}

function clamped({ plus, minus, nan }: Taint, [lo, hi]: Clamp): Taint {
  return { plus: plus && hi === Infinity, minus: minus && lo === -Infinity, nan }
}

function isClean({ plus, minus, nan }: Taint): boolean {
  return !plus && !minus && !nan
}
