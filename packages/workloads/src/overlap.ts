import { createHash } from 'node:crypto'
import { elements } from '@octet/core'
import { partsOf, sizeOf, type FiledReadings, type Readings } from './samples.ts'

/** The rows of `readings` that do not occur in `others`, compared byte for byte. */
export function rowsAbsentFrom(others: Readings | FiledReadings, readings: Readings): Int32Array {
  const own = digests(readings)
  const wanted = new Set(own)
  const found = new Set<string>()
  for (const part of partsOf(others))
    for (const digest of digests(part)) if (wanted.has(digest)) found.add(digest)
  return Int32Array.from({ length: sizeOf(readings) }, (_, row) => row).filter((row) => !found.has(own[row]))
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
