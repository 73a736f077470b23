import { createHash } from 'node:crypto'

/** The element types of certificates. */
export type Numbers = Float32Array | Uint8Array | Int8Array

/** The little-endian bytes of arrays, one after the other, in base64. */
export function encoded(parts: readonly Numbers[]): string {
  return Buffer.concat(parts.map(bytesOf)).toString('base64')
}

/** The array of one vector from the arrays of all vectors in the form of `encoded`. */
export function decoded(
  dtype: 'float32' | 'uint8' | 'int8',
  data: string,
  vector: number,
  size: number,
): Numbers {
  const bytes = dtype === 'float32' ? 4 : 1
  const all = Buffer.from(data, 'base64')
  // The copy aligns the data: the offset of a float array must be a multiple of the float's size.
  const { buffer } = Uint8Array.from(all.subarray(vector * size * bytes, (vector + 1) * size * bytes))
  if (dtype === 'float32') return new Float32Array(buffer)
  return dtype === 'uint8' ? new Uint8Array(buffer) : new Int8Array(buffer)
}

/** Every n-th number, beginning with the first. */
export function taken(numbers: Numbers, every: number): Numbers {
  return every === 1 ? numbers : numbers.filter((_: number, i: number) => i % every === 0)
}

/** SHA-256 of the bytes of an array. */
export function sha256(numbers: Numbers): string {
  return createHash('sha256').update(bytesOf(numbers)).digest('hex')
}

function bytesOf({ buffer, byteOffset, byteLength }: Numbers): Uint8Array {
  return new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength)
}
