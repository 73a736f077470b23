import type { WeightTraits } from '@octet/core'
import type { StoredDType } from '../../wgsl/element.ts'
import { INT4_PAIRS } from './microkernel.ts'
import type { Packing } from './strips.ts'

/** How words of x and entries of panel-packed weights become vectors of f32 for the product. */
export interface Panels extends Packing {
  /** A description for a shader's header. */
  readonly title: string
  /** WGSL type of a word of x, and the number of blocks of four inputs in it. */
  readonly left: string
  readonly quads: number
  /** WGSL type of an entry of weights. */
  readonly right: string
  /** Block `quad` of a word, as vec4<f32>. */
  inputs(word: string, quad: number): string
  /** The weights of four inputs, each a vec4<f32> of four outputs, from their entries. */
  weights(entry: (index: number) => string): readonly string[]
  /** The factors that turn sums of products, and sums of inputs, into int32 at the end. Absent for floats. */
  readonly scales?: { readonly products: string; readonly inputs: string }
  readonly functions: readonly string[]
}

/**
 * The panels of a dtype whose pixels take `inputBlocks` blocks of four channels. Words are as wide as this number
 * allows.
 */
export function panelsOf(
  dtype: StoredDType,
  inputBlocks: number,
  weightBits: WeightTraits['weightBits'],
): Panels {
  if (dtype === 'float32') return FLOAT32
  if (dtype === 'float16') return inputBlocks % 2 === 0 ? float16(2) : float16(1)
  const quads = [4, 2].find((count) => inputBlocks % count === 0) ?? 1
  return weightBits === 4 ? int4(quads) : int8(quads)
}

const COMPONENTS = ['x', 'y', 'z', 'w']

/** Entries of 16 bytes before compression, each with the weights of `4 / entries` inputs for four outputs. */
function packing(entries: 1 | 2 | 4): Packing {
  const inputs = 4 / entries
  return {
    entries,
    position: (output, input) => ({
      entry: Math.floor(input / inputs),
      lane: (input % inputs) * 4 + output,
    }),
  }
}

const FLOAT32: Panels = {
  ...packing(4),
  title: 'f32 products',
  left: 'vec4<f32>',
  quads: 1,
  right: 'vec4<f32>',
  inputs: (word) => word,
  weights: (entry) => [entry(0), entry(1), entry(2), entry(3)],
  functions: [],
}

/** Halves are unpacked from words, which CPU adapters load faster than vec4<f16>. */
function float16(quads: 1 | 2): Panels {
  return {
    ...packing(2),
    title: 'halves widened to f32',
    left: `vec${2 * quads}<u32>`,
    quads,
    right: 'vec4<u32>',
    inputs: (word, quad) => `widened(${word}.${quad === 0 ? 'xy' : 'zw'})`,
    weights: (entry) => [0, 1].flatMap((e) => [`widened(${entry(e)}.xy)`, `widened(${entry(e)}.zw)`]),
    functions: [
      'fn widened(q: vec2<u32>) -> vec4<f32> { return vec4<f32>(unpack2x16float(q.x), unpack2x16float(q.y)); }',
    ],
  }
}

/**
 * int8 products in f32, exact for 1024 of them: each is at most 2^14, and float32 is exact up to 2^24. Bytes are moved
 * to the top of a word and converted there, at a scale of 2^24, which needs no right shift.
 */
const TOPS = `
fn tops(q: u32) -> vec4<f32> {
  let bytes = vec4<u32>(q << 24u, q << 16u, q << 8u, q) & vec4<u32>(0xff000000u);
  return vec4<f32>(bitcast<vec4<i32>>(bytes));
}`

function int8(quads: number): Panels {
  return {
    ...packing(1),
    title: 'int8 products in f32',
    left: quads === 1 ? 'u32' : `vec${quads}<u32>`,
    quads,
    right: 'vec4<u32>',
    inputs: (word, quad) => `tops(${quads === 1 ? word : `${word}.${COMPONENTS[quad]}`})`,
    weights: (entry) => COMPONENTS.map((lane) => `tops(${entry(0)}.${lane})`),
    scales: { products: '0x1p-48', inputs: '0x1p-24' },
    functions: [TOPS],
  }
}

/** 4-bit weights count sixteen times, because they lie in the upper nibble of a byte. */
function int4(quads: number): Panels {
  const upper = (word: string) => `tops(${word} & 0xf0f0f0f0u)`
  return {
    ...int8(quads),
    title: 'int8 by 4-bit products in f32',
    right: INT4_PAIRS.stored,
    compress: INT4_PAIRS.compress,
    weights: (entry) =>
      ['x', 'y'].flatMap((half) => [upper(`(${entry(0)}.${half} << 4u)`), upper(`${entry(0)}.${half}`)]),
    scales: { products: '0x1p-52', inputs: '0x1p-24' },
  }
}
