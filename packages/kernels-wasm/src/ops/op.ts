import type { Clamp, Constants, OpSpec } from '@octet/core'
import { floatBits, type Shelf } from '../memory/shelf.ts'

/** The spec of one op. */
export type SpecOf<Name extends OpSpec['op']> = Extract<OpSpec, { op: Name }>

/** An op of this device. */
export type Op<Name extends OpSpec['op']> = Computes<SpecOf<Name>>

/** The computation of some specs on this device. */
export interface Computes<Spec extends OpSpec> {
  /** The kernel calls of a spec, with its constants in memory. */
  readonly plan: (spec: Spec, constants: Constants, workshop: Workshop) => Plan
  /** The variants that compute a spec, the preferred variant first. Absent if there is only one, which has no name. */
  readonly variants?: (spec: Spec, relaxed: RelaxedDot | undefined) => readonly string[]
  /**
   * The reason why a spec cannot be computed, in addition to the reasons that apply to every op. Undefined if it can.
   */
  readonly declines?: (spec: Spec) => string | undefined
}

/** One run of a kernel over all its tiles. */
export interface Call {
  /** The kernel's name among the module's exports. */
  readonly kernel: string
  readonly tiles: number
  /** Address of the words that the kernel reads its constants from. */
  readonly constants: number
  /** The indices of the step's inputs that are `a` and `b`. */
  readonly a: number
  readonly b: number
  /** The index of `c`, for ops with three inputs. */
  readonly c?: number
  /** The address of its output. Default: the step's output. */
  readonly y?: number
  /** The approximate number of cycles on one thread. */
  readonly cycles: number
}

/** The plan of an op. */
export interface Plan {
  readonly calls: readonly Call[]
  /** Bytes of working memory that each thread needs. */
  readonly scratchBytes: number
  readonly variant?: string
  /** The output's storage has the same bytes as the input's. If both are at the same place, nothing is to be done. */
  readonly isView?: boolean
}

/** The context for making plans. */
export interface Workshop {
  readonly shelf: Shelf
  readonly threads: number
  /** How this engine's relaxed dot product reads a byte with its top bit set. Absent if it is not useful. */
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

/** The limits of an output: the words of `Target` in assembly/requantize.ts. */
export type Target = readonly [lo: number, hi: number, base: number]

/** No bounds. */
export const FREE: Target = floatTarget([-Infinity, Infinity])

/** Bounds of floats. */
export function floatTarget([lo, hi]: Clamp): Target {
  return [floatBits(lo), floatBits(hi), 0]
}

/** The bits of 1.5 * 2^23 as float32. */
const ROUNDER_BITS = 0x4b400000

/** Bounds of integers minus the zero point, and the number that rounding subtracts. */
export function integerTarget([lo, hi]: Clamp, zeroPoint: number): Target {
  return [floatBits(lo - zeroPoint), floatBits(hi - zeroPoint), ROUNDER_BITS - zeroPoint]
}
