import type { ConvSpec, GemmSpec } from '@octet/core'
import { extentOf } from '../kernel.ts'
import type { WeightOrder } from '../weight-order.ts'

/** Where the weights of four outputs by four inputs lie, among as many values of one or more entries. */
export interface Packing extends Pick<WeightOrder, 'compress'> {
  readonly entries: 1 | 2 | 4
  readonly position: (output: number, input: number) => { readonly entry: number; readonly lane: number }
}

/** How the weights of all outputs are cut up: into strips of output blocks, and along the depth into steps of words. */
export interface Strips {
  readonly blocks: number
  readonly strips: number
  readonly depth: number
  readonly steps: number
}

/**
 * Weights ordered as [strip of outputs][step][word of the step][entry][block]; places where either runs past its end
 * hold 0.
 */
export function byStrips(
  { inputs: [x] }: ConvSpec | GemmSpec,
  { entries, position, compress }: Packing,
  { blocks, strips, depth, steps }: Strips,
): WeightOrder {
  const inputBlocks = extentOf(x).c4
  return {
    length: strips * steps * depth * blocks * 16,
    place: (m, i, tap) => {
      const { entry, lane } = position(m & 3, i & 3)
      const word = Math.floor((m >> 2) / blocks) * steps * depth + tap * inputBlocks + (i >> 2)
      return ((word * entries + entry) * blocks + ((m >> 2) % blocks)) * (16 / entries) + lane
    },
    ...(compress && { compress }),
  }
}
