/**
 * Packs 4-bit integers in pairs, the first of a pair in the low nibble, as ONNX stores INT4 and UINT4. An odd last
 * value is paired with 0. Signed values are stored in two's complement.
 * @throws RangeError if a value is not an integer of 4 bits.
 */
export function packInt4(values: Int8Array | Uint8Array): Uint8Array {
  const [least, most] = values instanceof Int8Array ? [-8, 7] : [0, 15]
  const packed = new Uint8Array(Math.ceil(values.length / 2))
  for (let i = 0; i < values.length; i++) {
    if (values[i] < least || values[i] > most)
      throw new RangeError(`element ${i} is ${values[i]}, past the 4 bits of [${least}, ${most}]`)
    packed[i >>> 1] |= (values[i] & 15) << ((i & 1) * 4)
  }
  return packed
}

/** Unpacks the first `length` signed 4-bit integers of an array from `packInt4`, one into each byte. */
export function unpackInt4(packed: Uint8Array, length: number): Int8Array {
  return Int8Array.from({ length }, (_, i) => (packed[i >>> 1] << (28 - (i & 1) * 4)) >> 28)
}

/** Unpacks the first `length` unsigned 4-bit integers of an array from `packInt4`, one into each byte. */
export function unpackUint4(packed: Uint8Array, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (packed[i >>> 1] >>> ((i & 1) * 4)) & 15)
}
