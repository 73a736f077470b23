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

/** Where infinities that arise in one tensor spread to. */
export interface Spread {
  /** Whether these infinities may put an infinity or NaN into the model's output. */
  readonly reachesOutput: boolean
  /** Names of the layers that absorb the infinities: nothing of them remains behind these layers. */
  readonly absorbedBy: readonly string[]
}

const CLEAN: Taint = { plus: false, minus: false, nan: false }
const ALL: Taint = { plus: true, minus: true, nan: true }

/** Follows infinities from a tensor through the layers that read it, as IEEE 754 arithmetic carries them. */
export function spreadFrom(model: Model, tensor: string, taint: Taint): Spread {
  const held = new Map([[tensor, taint]])
  const absorbedBy: string[] = []
  for (const layer of model.layers) {
    // The layer's own output already holds the values.
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
      // exp(x - max) of -infinity is 0. For +infinity, x - max is infinity less infinity.
      return { ...CLEAN, nan: kept.plus || kept.nan }
  }
}

function clamped({ plus, minus, nan }: Taint, [lo, hi]: Clamp): Taint {
  return { plus: plus && hi === Infinity, minus: minus && lo === -Infinity, nan }
}

function isClean({ plus, minus, nan }: Taint): boolean {
  return !plus && !minus && !nan
}
