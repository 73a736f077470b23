import { fused, relaxed, sharedFused, sharedRelaxed, sharedSimd, simd } from '#modules'
import type { RelaxedDot } from '../ops/op.ts'
import type { Modules } from './instantiate.ts'

/** Compiled kernels, and the meaning of relaxed dot products on this engine. */
export interface Compiled {
  readonly modules: Modules
  readonly relaxed?: RelaxedDot
}

/** The kind of threads, and whether floats are fused, which requires that the engine `fuses`. */
interface Wanted {
  /** Whether threads share the memory. */
  readonly shared: boolean
  readonly fused: boolean
}

export async function compile(wanted: Wanted): Promise<Compiled> {
  const probed = await probeRelaxed()
  const kernels = await Promise.all(
    [
      wanted.shared ? sharedSimd : simd,
      ...(probed === undefined ? [] : [wanted.shared ? sharedRelaxed : relaxed]),
      ...(wanted.fused ? [wanted.shared ? sharedFused : fused] : []),
    ].map((module) => WebAssembly.compile(bytesOf(module))),
  )
  return {
    modules: { kernels, flip: probed === 'unsigned' ? 0x80 : 0 },
    ...(probed && { relaxed: probed }),
  }
}

/** Whether this engine has relaxed multiply-adds that round only once. */
export async function fuses(): Promise<boolean> {
  const exports = await opened(fused)
  return exports !== undefined && (exports['rounding'] as () => number)() !== 0
}

/**
 * Operands whose products distinguish the two readings, and operands that saturate in 16 bits on an engine that sums
 * pairs.
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
 * The specification lets an engine read the bytes of the second operand as signed or unsigned, and saturate sums of two
 * products in 16 bits. Sums of four are exact for whole bytes if the reading is known and nothing saturates. Otherwise
 * the kernels do not use the instruction.
 */
async function probeRelaxed(): Promise<RelaxedDot | undefined> {
  const exports = await opened(relaxed)
  if (exports === undefined) return undefined
  const probe = exports['probe'] as (a: number, b: number) => number
  const reads = (value: (byte: number) => number): boolean =>
    PROBES.every(([a, b]) => probe(a, b) === 4 * a * value(b))
  if (reads((byte) => byte)) return 'unsigned'
  return reads((byte) => (byte << 24) >> 24) ? 'signed' : undefined
}

/** The exports of a module with its own memory. Undefined if the engine lacks its instructions. */
async function opened(module: string): Promise<WebAssembly.Exports | undefined> {
  const bytes = bytesOf(module)
  if (!WebAssembly.validate(bytes)) return undefined
  const memory = new WebAssembly.Memory({ initial: 1 })
  return (await WebAssembly.instantiate(bytes, { env: { memory } })).instance.exports
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
}
