import { allocate, bytesPerElement, elements, type Tensor } from '@octet/core'
import type { StoredDType } from '../../wgsl/element.ts'
import type { Packed } from '../kernel.ts'

/** Where the weights of four outputs by four inputs lie, among as many values of one or more entries. */
export interface Packing {
  readonly entries: 1 | 2 | 4
  position(output: number, input: number): { readonly entry: number; readonly lane: number }
  /** Turns packed int8 entries into what is uploaded in their place. */
  compress?(packed: Int8Array): Uint8Array
}

/** How the weights of all outputs are cut up: into strips of output blocks, and along the depth into steps of words. */
export interface Strips {
  readonly blocks: number
  readonly strips: number
  readonly depth: number
  readonly steps: number
}

/** Bytes of weights that `packStrips` has packed. */
export function stripBytes(
  dtype: StoredDType,
  packing: Packing,
  { blocks, strips, depth, steps }: Strips,
): number {
  const bytes = strips * steps * depth * blocks * 16 * bytesPerElement(dtype)
  return dtype === 'int8' && packing.compress ? bytes / 2 : bytes
}

/**
 * Packs a weight [M, I, taps] as [strip of outputs][step][word of the step][entry][block], zero where either runs
 * past its end.
 */
export function packStrips(
  { dtype, shape, data }: Tensor<StoredDType>,
  packing: Packing,
  { blocks, strips, depth, steps }: Strips,
): Packed {
  const [outputs, inputs] = shape
  const taps = elements(shape.slice(2))
  const inputBlocks = Math.ceil(inputs / 4)
  const lanes = 16 / packing.entries
  const packed = allocate(dtype, strips * steps * depth * blocks * 16)
  for (let m = 0; m < outputs; m++)
    for (let i = 0; i < inputs; i++) {
      const { entry, lane } = packing.position(m & 3, i & 3)
      const strip = Math.floor((m >> 2) / blocks)
      for (let tap = 0; tap < taps; tap++) {
        const word = strip * steps * depth + tap * inputBlocks + (i >> 2)
        const at = (word * packing.entries + entry) * blocks + ((m >> 2) % blocks)
        packed[at * lanes + lane] = data[(m * inputs + i) * taps + tap]
      }
    }
  return packed instanceof Int8Array && packing.compress ? packing.compress(packed) : packed
}
