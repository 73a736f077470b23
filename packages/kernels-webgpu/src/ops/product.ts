import type { Element } from '../wgsl/element.ts'
import type { WeightOrder } from './weight-order.ts'

/**
 * How a tile of weights (four outputs by up to four inputs) is stored, loaded and multiplied with four inputs of a
 * pixel. Names in the WGSL it writes end in the caller's suffix.
 */
export interface Product {
  /** How the products are computed, in words. */
  readonly title: string
  /** Inputs a tile holds: four, or fewer where there are fewer in all. */
  readonly lanes: number
  /** WGSL type of an entry of `weights`. */
  readonly storage: string
  /** WGSL scalar type that products are summed in. */
  readonly sum: 'f32' | 'i32'
  /** Products that such a sum takes before it must be settled; infinite where it is the final one. */
  readonly most: number
  /** A sum, vector or scalar, as the final type. */
  settled(sum: string, width: 1 | 4): string
  /** The four inputs as `multiply` wants them, from the stored word. */
  load(stored: string): string
  /** Statements that load tile number `tile`. */
  tile(tile: string, suffix: string): string
  /** The products of the operand with the tile, for four outputs. */
  multiply(operand: string, suffix: string): string
  /** The sum of the operand's lanes whose byte in the word `ones` is 1. */
  total(operand: string, ones: string): string
  /** Position inside a tile of (output, input). */
  readonly position: (output: number, input: number) => number
  /** WGSL functions it calls. */
  readonly functions: readonly string[]
}

const LANES = ['x', 'y', 'z', 'w']

/** One entry an input, holding its four outputs' weights: inputs are multiplied lane by lane. */
function byColumn(
  decode: string,
  lanes: number,
): Pick<Product, 'load' | 'tile' | 'multiply' | 'total' | 'position'> {
  const each = LANES.slice(0, lanes)
  return {
    load: (stored) => `${decode}(${stored})`,
    tile: (tile, suffix) =>
      each
        .map((lane, i) => `let w${suffix}${lane} = ${decode}(weights[${tile} * ${lanes}u + ${i}u]);`)
        .join('\n'),
    multiply: (operand, suffix) => each.map((lane) => `${operand}.${lane} * w${suffix}${lane}`).join(' + '),
    total: (operand, ones) => `dot(${operand}, ${decode}(${ones}))`,
    position: (output, input) => input * 4 + output,
  }
}

/** Float products in float32. */
export function floatProduct(element: Element, lanes: number): Product {
  return {
    title: 'f32 products',
    lanes,
    storage: element.storage,
    sum: 'f32',
    most: Infinity,
    settled: (sum) => sum,
    ...byColumn(element.decode, lanes),
    functions: [],
  }
}

/**
 * int8 products in float32, exact: each is at most 2^14, so 1024 of them stay within the 2^24 that float32 counts to.
 * Bytes are moved to the top of a word and converted there, at a scale of 2^24, because shifting right is what CPU
 * adapters are slowest at.
 */
export function exactFloatProduct(lanes: number): Product {
  return {
    title: 'int8 products in f32',
    lanes,
    storage: 'u32',
    sum: 'f32',
    most: 1024,
    settled: (sum, width) => `${width === 4 ? 'vec4<i32>' : 'i32'}(${sum} * 0x1p-48)`,
    ...byColumn('scaled', lanes),
    functions: [
      `
fn scaled(q: u32) -> vec4<f32> {
  let tops = vec4<u32>(q * 0x1000000u, q * 0x10000u, q * 0x100u, q) & vec4<u32>(0xff000000u);
  return vec4<f32>(bitcast<vec4<i32>>(tops));
}`,
    ],
  }
}

/** int8 by packed dot products. A tile is one word an output, holding its four inputs' weights. */
export const PACKED_DOT: Product = {
  title: 'dot4I8Packed',
  lanes: 4,
  storage: 'vec4<u32>',
  sum: 'i32',
  most: Infinity,
  settled: (sum) => sum,
  load: (stored) => stored,
  tile: (tile, suffix) => `let w${suffix} = weights[${tile}];`,
  multiply: (operand, suffix) => {
    const dots = LANES.map((lane) => `dot4I8Packed(${operand}, w${suffix}.${lane})`)
    return `vec4<i32>(${dots.join(', ')})`
  },
  total: (operand, ones) => `dot4I8Packed(${operand}, ${ones})`,
  position: (output, input) => output * 4 + input,
  functions: [],
}

/**
 * Weights in tiles ordered as [block of outputs][tap][block of inputs]; places where either runs past its end hold 0.
 */
export function byTiles(
  { lanes, position }: Product,
  blocks: number,
  taps: number,
  inputBlocks: number,
): WeightOrder {
  return {
    length: blocks * taps * inputBlocks * lanes * 4,
    place: (m, i, tap) =>
      (((m >> 2) * taps + tap) * inputBlocks + (i >> 2)) * lanes * 4 + position(m & 3, i & 3),
  }
}
