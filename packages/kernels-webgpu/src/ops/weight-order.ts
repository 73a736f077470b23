import { allocate, bytesPerElement, elements, type Tensor } from '@octet/core'
import type { StoredDType } from '../wgsl/element.ts'
import type { Packed } from './kernel.ts'

/** The places from which a shader reads the weights of a Conv or Gemm. A place without a weight holds 0. */
export interface WeightOrder {
  /** The number of places. */
  readonly length: number
  /** The place of an output's weight for an input (of its group) and a tap. */
  readonly place: (output: number, input: number, tap: number) => number
  /** Converts the int8 places into the uploaded form, which has half as many bytes. */
  readonly compress?: (packed: Int8Array) => Uint8Array
}

/** Bytes of the result of `packWeights`. */
export function bytesOfWeights(dtype: StoredDType, { length, compress }: WeightOrder): number {
  return (length * bytesPerElement(dtype)) / (compress === undefined ? 1 : 2)
}

/** Packs a weight [M, I, taps] in an order. */
export function packWeights({ dtype, shape, data }: Tensor<StoredDType>, order: WeightOrder): Packed {
  const [outputs, inputs] = shape
  const taps = elements(shape.slice(2))
  const packed = allocate(dtype, order.length)
  for (let m = 0; m < outputs; m++)
    for (let i = 0; i < inputs; i++)
      for (let tap = 0; tap < taps; tap++)
        packed[order.place(m, i, tap)] = data[(m * inputs + i) * taps + tap]
  return (packed instanceof Int8Array && order.compress?.(packed)) || packed
}

/** Ordered as [block of four outputs][tap][input][output of the block]. */
export function byInput(blocks: number, taps: number, inputs: number): WeightOrder {
  return {
    length: blocks * taps * inputs * 4,
    place: (m, i, tap) => (((m >> 2) * taps + tap) * inputs + i) * 4 + (m & 3),
  }
}
