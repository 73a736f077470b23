import type { ConvSpec, GemmSpec } from '@octet/core'
import { extentOf } from '../kernel.ts'
import type { WeightOrder } from '../weight-order.ts'

/** The places of the weights of four outputs by four inputs, among as many values in one or more entries. */
export interface Packing extends Pick<WeightOrder, 'compress'> {
  readonly entries: 1 | 2 | 4
  readonly position: (output: number, input: number) => { readonly entry: number; readonly lane: number }
}

/**
 * How the weights of all outputs are divided: into strips of output blocks, and along the depth into steps of words.
 */
export interface Strips {
  readonly blocks: number
  readonly strips: number
  readonly depth: number
  readonly steps: number
}

/**
 * Weights ordered as [strip of outputs][step][word of the step][entry][block]. Places beyond the end of either are 0.
 */
export function byStrips(
  { inputs: [x] }: ConvSpec | GemmSpec,
  { entries, position, compress }: Packing,
  { blocks, strips, depth, steps }: Strips,
): WeightOrder {
  const inputBlocks = extentOf(x).c4
  const entrySize = 16 / entries
  /** The places in a word, by output and input of a block. */
  const places = Int32Array.from({ length: 16 }, (_, at) => {
    const { entry, lane } = position(at >> 2, at & 3)
    return entry * blocks * entrySize + lane
  })
  return {
    length: strips * steps * depth * blocks * 16,
    place: (m, i, tap) => {
      const block = m >> 2
      const strip = Math.floor(block / blocks)
      const word = strip * steps * depth + tap * inputBlocks + (i >> 2)
      return word * 16 * blocks + (block - strip * blocks) * entrySize + places[((m & 3) << 2) | (i & 3)]
    },
    ...(compress && { compress }),
  }
}
