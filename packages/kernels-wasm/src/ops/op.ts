import type { Clamp, Constants, OpSpec } from '@octet/core'
import { floatBits, type Shelf } from '../memory/shelf.ts'

/** The spec of one op. */
export type SpecOf<Name extends OpSpec['op']> = Extract<OpSpec, { op: Name }>

/** An op of this device. */
export type Op<Name extends OpSpec['op']> = Computes<SpecOf<Name>>

/** How this device computes some specs. */
export interface Computes<Spec extends OpSpec> {
  /** The kernel calls that a spec comes to, with its constants put into memory. */
  readonly plan: (spec: Spec, constants: Constants, workshop: Workshop) => Plan
  /** The ways to compute a spec, the preferred one first; left out where there is one, which has no name. */
  readonly variants?: (spec: Spec, relaxed: RelaxedDot | undefined) => readonly string[]
  /** Why a spec cannot be computed, beyond the reasons that hold for every op; undefined where it can. */
  readonly declines?: (spec: Spec) => string | undefined
}

/** One run of a kernel over all its tiles. */
export interface Call {
  /** The kernel's name among the module's exports. */
  readonly kernel: string
  readonly tiles: number
  /** Address of the words that the kernel reads its constants from. */
  readonly constants: number
  /** Which of the step's inputs are `a` and `b`. */
  readonly a: number
  readonly b: number
  /** The same for `c`, of ops of three inputs. */
  readonly c?: number
  /** Where it writes: an address, or left out for the step's output. */
  readonly y?: number
  /** About how many cycles it takes on one thread. */
  readonly cycles: number
}

/** The plan of an op. */
export interface Plan {
  readonly calls: readonly Call[]
  /** Bytes of working memory that each thread needs. */
  readonly scratchBytes: number
  readonly variant?: string
  /** The output's storage has the bytes of the input's: where both lie in one place, nothing is to do. */
  readonly isView?: boolean
}

/** The context for making plans. */
export interface Workshop {
  readonly shelf: Shelf
  readonly threads: number
  /** How this engine's relaxed dot product reads a byte with its top bit set; left out where it is of no use. */
  readonly relaxed?: RelaxedDot
  readonly variant?: string
}

export type RelaxedDot = 'signed' | 'unsigned'

/** Suffix of a kernel's name by the dtype it reads. */
export function suffixOf(dtype: string): 'Float' | 'Half' | 'Int8' {
  return dtype === 'float32' ? 'Float' : dtype === 'float16' ? 'Half' : 'Int8'
}

/** A plan of one call. */
export function single(
  shelf: Shelf,
  call: Pick<Call, 'kernel' | 'tiles' | 'cycles'> & Partial<Pick<Call, 'b' | 'c'>>,
  words: readonly number[],
  scratchBytes = 0,
): Plan {
  const constants = shelf.put(Int32Array.from(words))
  return { calls: [{ a: 0, b: 0, ...call, constants }], scratchBytes }
}

/** What an output is held to: the words of `Target` in assembly/requantize.ts. */
export type Target = readonly [lo: number, hi: number, base: number]

/** No bounds. */
export const FREE: Target = floatTarget([-Infinity, Infinity])

/** Bounds of floats. */
export function floatTarget([lo, hi]: Clamp): Target {
  return [floatBits(lo), floatBits(hi), 0]
}

/** The bits of 1.5 * 2^23 as float32. */
const ROUNDER_BITS = 0x4b400000

/** Bounds of integers less the zero point, and what rounding takes off. */
export function integerTarget([lo, hi]: Clamp, zeroPoint: number): Target {
  return [floatBits(lo - zeroPoint), floatBits(hi - zeroPoint), ROUNDER_BITS - zeroPoint]
}
