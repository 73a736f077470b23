// Messages between this process and a page: JSON, followed by the bytes of the typed arrays.

/** The types of array that a message may hold. */
const ARRAYS = [
  Int8Array,
  Uint8Array,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
] as const
type TypedArray = InstanceType<(typeof ARRAYS)[number]>

const BY_NAME: ReadonlyMap<string, (typeof ARRAYS)[number]> = new Map(ARRAYS.map((one) => [one.name, one]))

/** The key that marks a value that JSON cannot hold. */
const MARK = '$'
/** Each typed array begins at a multiple of this many bytes. */
const ALIGNMENT = 8

type Marked =
  | { readonly [MARK]: 'array'; readonly of: string; readonly at: number; readonly length: number }
  | { readonly [MARK]: 'map'; readonly entries: readonly [unknown, unknown][] }
  | { readonly [MARK]: 'number'; readonly is: string }

/**
 * A message as bytes. It may hold plain objects, arrays, maps, typed arrays and all numbers, including -0 and numbers
 * that are not finite. Undefined fields are left out.
 */
export function encode(message: unknown): Uint8Array<ArrayBuffer> {
  const parts: TypedArray[] = []
  let size = 0
  const json = JSON.stringify(message, (_, value: unknown) => {
    if (typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0)))
      return { [MARK]: 'number', is: Object.is(value, -0) ? '-0' : String(value) } satisfies Marked
    if (value instanceof Map) return { [MARK]: 'map', entries: [...value] } satisfies Marked
    if (!ArrayBuffer.isView(value)) return value
    const part = value as TypedArray
    const at = size
    parts.push(part)
    size = aligned(size + part.byteLength)
    return { [MARK]: 'array', of: part.constructor.name, at, length: part.length } satisfies Marked
  })
  const words = new TextEncoder().encode(json)
  const begin = aligned(4 + words.length)
  const bytes = new Uint8Array(begin + size)
  new DataView(bytes.buffer).setUint32(0, words.length, true)
  bytes.set(words, 4)
  let at = begin
  for (const part of parts) {
    bytes.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), at)
    at += aligned(part.byteLength)
  }
  return bytes
}

/** The message in bytes that `encode` made. Its typed arrays have their own memory. */
export function decode(buffer: ArrayBuffer): unknown {
  const length = new DataView(buffer).getUint32(0, true)
  const begin = aligned(4 + length)
  return JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)), (_, value: unknown) => {
    if (typeof value !== 'object' || value === null || !(MARK in value)) return value
    const marked = value as Marked
    if (marked[MARK] === 'number') return Number(marked.is)
    if (marked[MARK] === 'map') return new Map(marked.entries)
    const Typed = BY_NAME.get(marked.of)!
    const at = begin + marked.at
    return new Typed(buffer.slice(at, at + marked.length * Typed.BYTES_PER_ELEMENT))
  })
}

function aligned(size: number): number {
  return Math.ceil(size / ALIGNMENT) * ALIGNMENT
}
