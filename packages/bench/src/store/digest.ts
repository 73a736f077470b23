import { createHash, type Hash } from 'node:crypto'

/**
 * SHA-256 of a value. Plain objects and maps count in ascending order of their keys, without undefined fields. Arrays
 * and typed arrays count in their own order. Functions are left out.
 */
export function digestOf(value: unknown): string {
  const hash = createHash('sha256')
  feed(hash, value)
  return hash.digest('hex')
}

function feed(hash: Hash, value: unknown): void {
  if (ArrayBuffer.isView(value)) {
    hash.update(`${value.constructor.name} ${value.byteLength}:`)
    hash.update(new Uint8Array(value.buffer, value.byteOffset, value.byteLength))
  } else if (Array.isArray(value)) {
    hash.update(`[${value.length}:`)
    for (const item of value) feed(hash, item)
  } else if (value instanceof Map) feedFields(hash, [...value])
  else if (typeof value === 'object' && value !== null) feedFields(hash, Object.entries(value))
  else hash.update(`${typeof value} ${Object.is(value, -0) ? '-0' : JSON.stringify(String(value))},`)
}

function feedFields(hash: Hash, fields: readonly (readonly [unknown, unknown])[]): void {
  const kept = fields
    .filter(([, value]) => value !== undefined && typeof value !== 'function')
    .map(([key, value]) => [String(key), value] as const)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
  hash.update(`{${kept.length}:`)
  for (const [key, value] of kept) {
    hash.update(`${JSON.stringify(key)}=`)
    feed(hash, value)
  }
}
