import { MOST_FREEDOM } from '../statistics/student.ts'
import { Random } from '../statistics/random.ts'

/** The fewest samples in a size of a curve. */
export const FEWEST_DRAWN = 4

/** The most draws of a size. Each draw is a degree of freedom of the interval. */
export const MOST_DRAWS: number = MOST_FREEDOM

/**
 * The sizes in ascending order: all the samples, half of them, half of that, and so on while a size has `least`
 * samples.
 */
export function sizesOf(count: number, least: number = FEWEST_DRAWN): readonly number[] {
  const sizes: number[] = []
  for (let size = count; size >= least || sizes.length === 0; size = Math.floor(size / 2)) sizes.unshift(size)
  return sizes
}

/**
 * The samples in the order of one draw, a permutation that the seed decides. Its first m samples are the draw of size
 * m, so sizes nest.
 */
export function drawOf(count: number, seed: number, draw: number): Int32Array {
  const rows = Int32Array.from({ length: count }, (_, row) => row)
  new Random(seed, draw).shuffle(rows)
  return rows
}
