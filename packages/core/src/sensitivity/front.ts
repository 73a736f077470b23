import type { LayerPrecision } from '../model/quantized.ts'
import type { Assignment } from './mix.ts'

/** A choice for one layer, with its cost and its noise. Both add up over layers. */
export interface Choice {
  readonly precision: LayerPrecision
  readonly cost: number
  readonly noise: number
}

/** An assignment with the sums of its costs and noises. */
export interface Prospect {
  readonly assignment: Assignment
  readonly cost: number
  readonly noise: number
}

/** The most prospects that are carried from layer to layer. */
const MOST = 2000
/** An added noise that keeps noiseless prospects comparable. */
export const SILENCE = 1e-12

/** A prospect while layers are added. Its choices so far are a list that is linked backwards. */
interface Partial {
  readonly cost: number
  readonly noise: number
  readonly last:
    | { readonly layer: string; readonly precision: LayerPrecision; readonly before: Partial }
    | undefined
}

/**
 * The assignments that are worth evaluating, cheapest first: a knapsack with one choice per layer, solved layer by
 * layer. All assignments are kept up to 2000. Past that, it keeps at most 1000 undominated assignments, spread evenly
 * over the front of cost and noise. The rest are the assignments closest to the front: their noise is the smallest
 * multiple of the least noise at their cost.
 */
export function prospects(choices: ReadonlyMap<string, readonly Choice[]>): Prospect[] {
  let carried: Partial[] = [{ cost: 0, noise: 0, last: undefined }]
  for (const [layer, options] of choices)
    carried = nearest(
      carried.flatMap((before) =>
        options.map(({ precision, cost, noise }) => ({
          cost: before.cost + cost,
          noise: before.noise + noise,
          last: { layer, precision, before },
        })),
      ),
    )
  return carried.map((one) => ({ assignment: assignmentOf(one), cost: one.cost, noise: one.noise }))
}

function nearest(all: readonly Partial[]): Partial[] {
  const sorted = all.toSorted((a, b) => a.cost - b.cost || a.noise - b.noise)
  if (sorted.length <= MOST) return sorted
  const kept = new Set(
    spread(
      undominated(
        sorted,
        ({ cost }) => cost,
        ({ noise }) => -noise,
      ),
      MOST / 2,
    ),
  )
  let least = Infinity
  const ranked = sorted.map((one) => {
    least = Math.min(least, one.noise)
    return { one, excess: (one.noise + SILENCE) / (least + SILENCE) }
  })
  for (const { one } of ranked.toSorted((a, b) => a.excess - b.excess)) {
    if (kept.size === MOST) break
    kept.add(one)
  }
  return sorted.filter((one) => kept.has(one))
}

/** At most `most` elements of a list, evenly spread, with the first and the last. */
export function spread<T>(list: readonly T[], most: number): T[] {
  if (list.length <= most) return list.slice()
  const step = (list.length - 1) / (most - 1)
  return Array.from({ length: most }, (_, i) => list[Math.round(i * step)])
}

/**
 * The elements that no other element beats in both price and worth, cheapest first. Of equal elements, the first is
 * kept.
 */
export function undominated<T>(all: readonly T[], price: (one: T) => number, worth: (one: T) => number): T[] {
  const sorted = all.toSorted((a, b) => price(a) - price(b) || worth(b) - worth(a))
  const front: T[] = []
  for (const one of sorted) if (front.length === 0 || worth(one) > worth(front.at(-1)!)) front.push(one)
  return front
}

function assignmentOf({ last }: Partial): Assignment {
  const chosen: [string, LayerPrecision][] = []
  for (let at = last; at !== undefined; at = at.before.last) chosen.push([at.layer, at.precision])
  return new Map(chosen.toReversed())
}
