import type { Element } from '../wgsl/element.ts'
import type { WeightOrder } from './weight-order.ts'

/**
 * Stores and loads a tile of weights (four outputs by up to four inputs), and multiplies it with four inputs of a
 * pixel. Names in its WGSL end in the caller's suffix.
 */
export interface Product {
  /** A description of how the products are computed. */
  readonly title: string
  /** The number of inputs in a tile: four, or fewer if there are fewer in total. */
  readonly lanes: number
  /** WGSL type of an entry of `weights`. */
  readonly storage: string
  /** WGSL scalar type of the sums of products. */
  readonly sum: 'f32' | 'i32'
  /** The most products in such a sum before it must be settled. Infinite if it is the final sum. */
  readonly most: number
  /** A sum, vector or scalar, in the final type. */
  settled(sum: string, width: 1 | 4): string
  /** The four inputs in the form that `multiply` takes, from the stored word. */
  load(stored: string): string
  /** Statements that load tile number `tile`. */
  tile(tile: string, suffix: string): string
  /** The products of the operand with the tile, for four outputs. */
  multiply(operand: string, suffix: string): string
  /** The sum of the operand's lanes whose byte in the word `ones` is 1. */
  total(operand: string, ones: string): string
  /** The position of (output, input) in a tile. */
  readonly position: (output: number, input: number) => number
  /** WGSL functions that it calls. */
  readonly functions: readonly string[]
}

const LANES = ['x', 'y', 'z', 'w']

/** One entry per input, with the weights of its four outputs. Inputs are multiplied lane by lane. */
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
 * int8 products in float32. They are exact: each is at most 2^14, so 1024 of them stay within 2^24, up to which float32
 * is exact. Bytes are moved to the top of a word and converted there, at a scale of 2^24, because right shifts are the
 * slowest operation on CPU adapters.
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

/** int8 with packed dot products. A tile has one word per output, with the weights of its four inputs. */
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

/** Weights in tiles, ordered as [block of outputs][tap][block of inputs]. Places beyond the end of either are 0. */
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
