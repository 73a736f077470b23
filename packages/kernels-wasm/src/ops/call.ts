import type { Shelf } from '../memory/shelf.ts'

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
  /** Where it writes: an address, or left out for the step's output. */
  readonly y?: number
  /** About how many cycles it takes on one thread. */
  readonly cycles: number
}

/** What an op comes to. */
export interface Plan {
  readonly calls: readonly Call[]
  /** Bytes of working memory that each thread needs. */
  readonly scratchBytes: number
  readonly variant?: string
}

/** What plans are made with. */
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
  call: Pick<Call, 'kernel' | 'tiles' | 'cycles'> & { readonly b?: number },
  words: readonly number[],
  scratchBytes = 0,
): Plan {
  const constants = shelf.put(Int32Array.from(words))
  return { calls: [{ a: 0, b: 0, ...call, constants }], scratchBytes }
}

/** The bits of 1.5 * 2^23 as float32. */
const ROUNDER_BITS = 0x4b400000

/**
 * Bounds of integers less the zero point, and what rounding takes off, as `Target` (assembly/requantize.ts) has them.
 */
export function integerTarget(
  [lo, hi]: readonly [number, number],
  zeroPoint: number,
): readonly [lo: number, hi: number, base: number] {
  return [lo - zeroPoint, hi - zeroPoint, ROUNDER_BITS - zeroPoint]
}
