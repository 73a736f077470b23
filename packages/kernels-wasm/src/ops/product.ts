import { NO_PADS, type Window } from '@octet/core'
import type { Call, Plan, RelaxedDot, Target, Workshop } from './op.ts'
import { type Image, windowWords } from './window.ts'

/** Rows and columns that a kernel keeps in registers. */
const TILE_ROWS = 5
export const PANEL = 8
/** Rows of a tile fit in the second-level cache, and leave room in it for weights. */
const ROWS_BYTES = 128 * 1024

/** The microkernel that computes sums: the suffix of the kernel's name. */
export type Microkernel = 'Float' | 'Half' | 'Int8' | 'Relaxed'

/** Products that one instruction adds in each column. */
export const DEPTH: { readonly [M in Microkernel]: number } = { Float: 1, Half: 1, Int8: 2, Relaxed: 4 }
/** Bytes of one number of an unfolded row. */
export const ROW_BYTES: { readonly [M in Microkernel]: number } = { Float: 4, Half: 4, Int8: 2, Relaxed: 1 }
/** The offset of a tile's rows in working memory. Its sums come before them. */
const SUMS_BYTES = 1280
/** In the order of the kernels' numbers for them. */
const ROWS_ARE = ['windows', 'neighbours', 'pixels'] as const
/** The approximate products per cycle, which decide whether waking threads is worth the cost. */
export const RATE: { readonly [M in Microkernel]: number } = { Float: 7, Half: 6, Int8: 13, Relaxed: 25 }

/** The storage of weights. */
export const STORAGE: {
  readonly Float: Float32ArrayConstructor
  readonly Half: Uint16ArrayConstructor
  readonly Int8: Int16ArrayConstructor
  readonly Relaxed: Int8ArrayConstructor
} = { Float: Float32Array, Half: Uint16Array, Int8: Int16Array, Relaxed: Int8Array }

/** A window of one pixel. */
export const POINT: Window = { kernel: [1, 1], strides: [1, 1], pads: NO_PADS, dilations: [1, 1] }

/** A product of rows, unfolded from x, and panels of weights. */
export interface Product {
  readonly microkernel: Microkernel
  /** Addresses of panels [k / depth][8][depth], and of 8 biases and multipliers per panel. */
  readonly weights: number
  readonly bias: number
  readonly multiplier: number
  readonly target: Target
  readonly inputZeroPoint: number
  readonly rows: number
  readonly k: number
  readonly panels: number
  readonly groups: number
  /** Results per row and group. */
  readonly columns: number
  /** Elements from pixel to pixel of x and y. */
  readonly steps: readonly [x: number, y: number]
  /** Channels of x in one group. */
  readonly channels: number
  /** Whether rows are adjacent in x, are single pixels of x, or are windows. */
  readonly rowsAre: (typeof ROWS_ARE)[number]
  readonly image: Image
  readonly window: Window
}

/** The call that computes a product. */
export function planProduct(product: Product, { shelf, threads }: Workshop, variant: string): Plan {
  const { microkernel, rows, k, panels, groups } = product
  const rowBytes = k * ROW_BYTES[microkernel]
  const fitting = Math.max(1, Math.floor(ROWS_BYTES / rowBytes / TILE_ROWS)) * TILE_ROWS
  const rowsPerTile = fairRows({ rows, groups, fitting, threads })
  const tilesPerGroup = Math.ceil(rows / rowsPerTile)
  const { lines, width } = staged(product, rowsPerTile)
  const panelBytes = microkernel === 'Half' ? k * PANEL * 4 + 64 : 0
  const stage = SUMS_BYTES + rowsPerTile * rowBytes + 64 + panelBytes
  const words = productWords(product, { rowsPerTile, tilesPerGroup, stage, stageWidth: width })
  const call: Call = {
    kernel: `product${microkernel}`,
    tiles: tilesPerGroup * groups,
    constants: shelf.put(Int32Array.from(words)),
    a: 0,
    b: 0,
    cycles: (rows * k * panels * PANEL * groups) / RATE[microkernel],
  }
  const stageBytes = lines * width * product.channels * ROW_BYTES[microkernel] + 64
  return { calls: [call], scratchBytes: stage + stageBytes, variant }
}

/**
 * The rows of a tile. Of the divisions into one to four tiles per thread, it takes the division that gives the busiest
 * thread the fewest rows. Of equal divisions, it takes the finest.
 */
function fairRows(job: {
  readonly rows: number
  readonly groups: number
  readonly fitting: number
  readonly threads: number
}): number {
  const { rows, groups, fitting, threads } = job
  let [best, fewest] = [fitting, Infinity]
  for (let pieces = threads; pieces <= (threads === 1 ? 1 : 4 * threads); pieces++) {
    const each = Math.min(fitting, Math.ceil(rows / pieces / TILE_ROWS) * TILE_ROWS)
    const busiest = Math.ceil((Math.ceil(rows / each) * groups) / threads) * each
    if (busiest <= fewest) [best, fewest] = [each, busiest]
  }
  return best
}

/** The part of x that a kernel stages for one tile of windows. */
export function staged(
  { rowsAre, image, window }: Product,
  rows: number,
): { readonly lines: number; readonly width: number } {
  if (rowsAre !== 'windows') return { lines: 0, width: 0 }
  const [, , outHeight, outWidth] = image
  const span = (axis: 0 | 1, outputs: number): number =>
    (outputs - 1) * window.strides[axis] + (window.kernel[axis] - 1) * window.dilations[axis] + 1
  const outLines = Math.min(outHeight, Math.ceil((rows - 1) / outWidth) + 1)
  return { lines: span(0, outLines), width: span(1, outWidth) }
}

/** The division of a product into tiles of work, and the place of x's staged part in working memory. */
interface Cut {
  readonly rowsPerTile: number
  readonly tilesPerGroup: number
  readonly stage: number
  readonly stageWidth: number
}

/** The words of `Product` in assembly/rows.ts, in order. */
export function productWords(product: Product, cut: Cut): number[] {
  const { target, image, window } = product
  return [
    ...windowWords(target, image, window),
    product.weights,
    product.bias,
    product.multiplier,
    product.inputZeroPoint,
    product.rows,
    cut.rowsPerTile,
    cut.tilesPerGroup,
    product.k,
    product.panels,
    product.columns,
    ...product.steps,
    product.channels,
    ROWS_ARE.indexOf(product.rowsAre),
    image[2] * image[3],
    cut.stage,
    cut.stageWidth,
  ]
}

/** Weights of one group: rows [columns][length] of the factors of an unfolded row's elements. */
export interface Weights {
  readonly columns: number
  readonly length: number
  readonly rows: Float32Array | Uint16Array | Int16Array
}

/** Packs weights into panels. Unused columns and products become 0. */
export function packPanels(
  groups: readonly Weights[],
  { panels, k, microkernel }: Pick<Product, 'panels' | 'k' | 'microkernel'>,
): Float32Array | Uint16Array | Int16Array | Int8Array {
  const depth = DEPTH[microkernel]
  const packed = new STORAGE[microkernel](groups.length * panels * k * PANEL)
  for (const [group, { columns, length, rows }] of groups.entries())
    for (let column = 0; column < columns; column++) {
      const panel = group * panels + Math.floor(column / PANEL)
      const [from, end] = [column * length, (column + 1) * length]
      let to = panel * k * PANEL + (column % PANEL) * depth
      for (let block = from; block < end; block += depth, to += PANEL * depth)
        for (let i = 0; i < depth && block + i < end; i++) packed[to + i] = rows[block + i]
    }
  return packed
}

/**
 * The offset that a relaxed dot product adds to x before it multiplies. If the engine reads the bytes as unsigned, they
 * are flipped.
 */
export function relaxedOffset(relaxed: RelaxedDot | undefined): number {
  return relaxed === 'unsigned' ? 128 : 0
}
