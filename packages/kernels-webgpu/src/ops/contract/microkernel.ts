import type { ConvSpec, GemmSpec } from '@octet/core'
import type { Element } from '../../wgsl/element.ts'
import type { Target } from '../../wgsl/target.ts'
import type { Weighted } from '../weighted.ts'

/** The product of a word of x (four inputs) with the weights of four outputs, after both are loaded. */
export interface Microkernel {
  /** A description for a shader's header. */
  readonly title: string
  /** A word of x in the form that is multiplied. */
  readonly left: Operand
  /** An entry of weights in the form that is multiplied: four outputs of one input, or all four by four. */
  readonly right: Operand
  /** The number of entries for the weights of four outputs by four inputs. */
  readonly entries: 1 | 4
  /** WGSL type of the sums of four outputs. */
  readonly sum: 'vec4<f32>' | 'vec4<i32>'
  /** Statements that add the products of word `x` and `entry(0)`... to `sum`. */
  accumulate(sum: string, x: string, entry: (index: number) => string): string
  /** The sum of a word's four bytes, if bytes are multiplied. */
  total(x: string): string
  /** The place of (output, input) of four by four among the values of its entries. */
  readonly position: (output: number, input: number) => { readonly entry: number; readonly lane: number }
  readonly functions: readonly string[]
  /** Converts int8 entries packed by `position` into the loaded form of `right.stored`. */
  readonly compress?: (packed: Int8Array) => Uint8Array
}

/** One side of a product: its stored form, its multiplied form, and the WGSL that converts between them. */
export interface Operand {
  readonly stored: string
  readonly type: string
  /** Bytes of `type`. */
  readonly bytes: number
  of(stored: string): string
}

/** The exact microkernel that suits a Conv or Gemm on a target. */
export function microkernelOf(spec: ConvSpec | GemmSpec, op: Weighted, target: Target): Microkernel {
  if (!op.integer || !target.packedDot) return byLane(op.element)
  return spec.weightBits === 4 ? BY_DOT_INT4 : BY_DOT
}

/** Lane by lane: an entry holds four outputs' weights for one input. Floats in f32, bytes in i32. */
function byLane({ storage, value, decode }: Element): Microkernel {
  const operand: Operand = { stored: storage, type: value, bytes: 16, of: (stored) => `${decode}(${stored})` }
  const one = value === 'vec4<i32>' ? 'i32' : 'f32'
  return {
    title: `${one} products`,
    left: operand,
    right: operand,
    entries: 4,
    sum: value,
    // One product per statement, so that each can become one fused multiply-add.
    accumulate: (sum, x, entry) =>
      ['x', 'y', 'z', 'w'].map((lane, i) => `${sum} += ${x}.${lane} * ${entry(i)};`).join('\n'),
    total: (x) => `dot(${x}, vec4<i32>(1))`,
    position: (output, input) => ({ entry: input, lane: output }),
    functions: [],
  }
}

const WORD: Operand = { stored: 'u32', type: 'u32', bytes: 4, of: (stored) => stored }

/** dot4I8Packed: an entry holds four outputs' weights for four inputs. */
const BY_DOT: Microkernel = {
  title: 'dot4I8Packed',
  left: WORD,
  right: { stored: 'vec4<u32>', type: 'vec4<u32>', bytes: 16, of: (stored) => stored },
  entries: 1,
  sum: 'vec4<i32>',
  accumulate: (sum, x, entry) => {
    const dots = ['x', 'y', 'z', 'w'].map((lane) => `dot4I8Packed(${x}, ${entry(0)}.${lane})`)
    return `${sum} += vec4<i32>(${dots.join(', ')});`
  },
  total: (x) => `dot4I8Packed(${x}, 0x01010101u)`,
  position: (output, input) => ({ entry: 0, lane: output * 4 + input }),
  functions: [],
}

const EIGHT = 'vec4<u32>(0x08080808u)'
const TOP = 'vec4<u32>(0x80808080u)'

/**
 * 4-bit weights as int8, sixteen per entry of half the bytes. Every byte holds a value of an even word in its low
 * nibble, and the value below it, from the next word, in its high nibble.
 */
export const INT4_PAIRS: Pick<Operand, 'stored' | 'of'> &
  Required<Pick<Microkernel, 'functions' | 'compress'>> = {
  stored: 'vec2<u32>',
  of: (stored) => `widened(${stored})`,
  functions: [
    `
fn widened(q: vec2<u32>) -> vec4<u32> {
  let nibbles = vec4<u32>(q.x, q.x >> 4u, q.y, q.y >> 4u) & vec4<u32>(0x0f0f0f0fu);
  // Adding 8 modulo 16, then subtracting it, extends the sign; the top bits keep borrows from the next byte.
  return (((nibbles ^ ${EIGHT}) | ${TOP}) - ${EIGHT}) ^ ${TOP};
}`,
  ],
  /** The stored bytes of entries of sixteen values in [-8, 7]. */
  compress: (values) => {
    const bytes = new Uint8Array(values.length / 2)
    for (let at = 0; at < bytes.length; at++) {
      const even = ((at >> 2) << 3) | (at & 3)
      bytes[at] = (values[even] & 15) | (values[even + 4] << 4)
    }
    return bytes
  },
}

/** BY_DOT with weights of 4 bits. */
const BY_DOT_INT4: Microkernel = {
  ...BY_DOT,
  title: 'dot4I8Packed on 4-bit weights',
  right: { ...BY_DOT.right, stored: INT4_PAIRS.stored, of: INT4_PAIRS.of },
  functions: INT4_PAIRS.functions,
  compress: INT4_PAIRS.compress,
}
