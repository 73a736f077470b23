import { bitsOf } from '../tensor/bits.ts'

/**
 * Rounds to bfloat16 bits (the upper half of float32): nearest, ties to even. NaN becomes the quiet NaN of its sign.
 * @throws OctetError for any other array.
 */
export function toBfloat16(x: Float32Array): Uint16Array {
  const bits = bitsOf(x, 'values for bfloat16')
  const rounded = new Uint16Array(x.length)
  for (let i = 0; i < bits.length; i++) {
    const b = bits[i]
    const isNaN = (b & 0x7fffffff) > 0x7f800000
    rounded[i] = isNaN ? ((b >>> 16) & 0x8000) | 0x7fc0 : (b + 0x7fff + ((b >>> 16) & 1)) >>> 16
  }
  return rounded
}

/** Widens bfloat16 bits to float32. The result is exact. */
export function fromBfloat16(halves: Uint16Array): Float32Array {
  return new Float32Array(Uint32Array.from(halves, (half) => half << 16).buffer)
}
