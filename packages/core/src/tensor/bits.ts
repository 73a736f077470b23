import { OctetError } from '../error.ts'

/**
 * The bits of float32 values, without a copy.
 * @throws OctetError for any array other than a Float32Array, whose bytes would be read as wrong numbers.
 */
export function bitsOf(x: Float32Array, what: string): Uint32Array {
  requireFloat32(x, what)
  return new Uint32Array(x.buffer, x.byteOffset, x.length)
}

/** @throws OctetError for any array other than a Float32Array. */
export function requireFloat32(x: Float32Array, what: string): void {
  const kind = arrayKind(x)
  if (kind !== 'Float32Array')
    throw new OctetError(
      `${what} came as ${kind}, where a Float32Array is needed`,
      'convert it with Float32Array.from',
    )
}

/** The name of an array in messages: `Float64Array`, `Array`; for any other value, the name of its type. */
export function arrayKind(x: unknown): string {
  return Array.isArray(x) || ArrayBuffer.isView(x) ? Object.prototype.toString.call(x).slice(8, -1) : typeof x
}
