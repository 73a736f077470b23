import type { OpSpec } from '@octet/core'
import { layoutOf } from '../memory/layout.ts'
import { FREE, type Plan, single, type Target } from './op.ts'
import type { Shelf } from '../memory/shelf.ts'

/** Elements of a tile: whole vectors, and enough work for a separate call. */
export const PER_TILE = 2048

/** The words of `Elementwise` in assembly/elementwise.ts, in order. */
export function elementwiseWords(count: number, target: Target = FREE, perTile: number = PER_TILE): number[] {
  return [...target, count, perTile]
}

/** The speed and steps of a kernel over elements. */
interface Pace {
  readonly perTile?: number
  readonly cyclesEach?: number
}

/** A kernel over all of the output's storage. `words` are the words that the op adds to `Elementwise`. */
export function elementwise(
  shelf: Shelf,
  { output }: OpSpec,
  kernel: string,
  words: readonly number[],
  target?: Target,
  { perTile = PER_TILE, cyclesEach = 1 }: Pace = {},
): Plan {
  const { count } = layoutOf(output.shape)
  const call = { kernel, tiles: Math.ceil(count / perTile), cycles: count * cyclesEach, b: 1 }
  return single(shelf, call, [...elementwiseWords(count, target, perTile), ...words])
}
