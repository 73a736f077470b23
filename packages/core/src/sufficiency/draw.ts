import { MOST_FREEDOM } from '../statistics/student.ts'
import { Random } from '../statistics/random.ts'

/** Fewest samples that a size of a curve has. */
export const FEWEST_DRAWN = 4

/** Most draws of a size: each is a degree of freedom of the interval. */
export const MOST_DRAWS: number = MOST_FREEDOM

/** All the samples, half of them, half of that, as long as a size has `least`: ascending. */
export function sizesOf(count: number, least: number = FEWEST_DRAWN): readonly number[] {
  const sizes: number[] = []
  for (let size = count; size >= least || sizes.length === 0; size = Math.floor(size / 2)) sizes.unshift(size)
  return sizes
}

/**
 * The samples in the order of one draw, a permutation that the seed decides: the first m of it are the draw of size m,
 * so that sizes nest.
 */
export function drawOf(count: number, seed: number, draw: number): Int32Array {
  const rows = Int32Array.from({ length: count }, (_, row) => row)
  new Random(seed, draw).shuffle(rows)
  return rows
}
