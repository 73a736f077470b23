import { relaxed, sharedRelaxed, sharedSimd, simd } from '#modules'
import type { RelaxedDot } from '../ops/op.ts'
import type { Modules } from './instantiate.ts'

/** Compiled kernels, and the meaning of relaxed dot products on this engine. */
export interface Compiled {
  readonly modules: Modules
  readonly relaxed?: RelaxedDot
}

/** Compiles the kernels for memory that threads share, or for one thread. */
export async function compile(shared: boolean): Promise<Compiled> {
  const base = await WebAssembly.compile(bytesOf(shared ? sharedSimd : simd))
  const probed = await probeRelaxed()
  if (probed === undefined) return { modules: { simd: base, flip: 0 } }
  const module = await WebAssembly.compile(bytesOf(shared ? sharedRelaxed : relaxed))
  return {
    modules: { simd: base, relaxed: module, flip: probed === 'unsigned' ? 0x80 : 0 },
    relaxed: probed,
  }
}

/**
 * Operands whose products tell the readings apart, and those that saturate in 16 bits where an engine goes by pairs.
 */
const PROBES: readonly (readonly [a: number, b: number])[] = [
  [-128, 255],
  [127, 255],
  [-127, 129],
  [127, 128],
  [-128, 127],
  [3, 200],
]

/**
 * The specification lets an engine read the bytes of the second operand as signed or unsigned, and saturate sums of
 * two in 16 bits. Sums of four are exact for whole bytes where it does neither; elsewhere the kernels do without.
 */
async function probeRelaxed(): Promise<RelaxedDot | undefined> {
  const bytes = bytesOf(relaxed)
  if (!WebAssembly.validate(bytes)) return undefined
  const memory = new WebAssembly.Memory({ initial: 1 })
  const { instance } = await WebAssembly.instantiate(bytes, { env: { memory } })
  const probe = instance.exports['probe'] as (a: number, b: number) => number
  const reads = (value: (byte: number) => number): boolean =>
    PROBES.every(([a, b]) => probe(a, b) === 4 * a * value(b))
  if (reads((byte) => byte)) return 'unsigned'
  return reads((byte) => (byte << 24) >> 24) ? 'signed' : undefined
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
}
