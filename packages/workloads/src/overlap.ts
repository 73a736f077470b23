import { createHash } from 'node:crypto'
import { elements } from '@octet/core'
import type { Readings } from './samples.ts'

/** Rows of `readings` that do not occur in `others`, byte for byte. */
export function rowsAbsentFrom(others: Readings, readings: Readings): Int32Array {
  const known = new Set(digests(others))
  return Int32Array.from(digests(readings).flatMap((digest, row) => (known.has(digest) ? [] : [row])))
}

function digests({ x, more = [] }: Readings): string[] {
  const inputs = [x, ...more].map(({ shape, data }) => ({
    bytes: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    size: elements(shape.slice(1)) * data.BYTES_PER_ELEMENT,
  }))
  return Array.from({ length: x.shape[0] }, (_, row) => {
    const hash = createHash('sha256')
    for (const { bytes, size } of inputs) hash.update(bytes.subarray(row * size, (row + 1) * size))
    return hash.digest('base64')
  })
}
