import { layoutOf } from '../memory/layout.ts'
import type { Plan, SpecOf, Workshop } from './op.ts'
import { PANEL, type Product, productWords, type Weights } from './product.ts'

/** Outputs along each axis of a patch, and the products along each axis that they need. */
const OUTPUTS = 4
const POINTS = 6
/** The result of a transform is 64 times the sum, and it must fit in an int32. */
const MOST_SUM = 2 ** 31 / 64
/** Patches of a tile of work. More would not be faster, and the points of these fit in the second-level cache. */
const MOST_PATCHES = 10
/**
 * The place in working memory where a patch that crosses a border is staged: after the results of the transforms and
 * one patch of sums.
 */
const STAGE = 576 + 512

export const WINOGRAD = 'int16 Winograd F(4x4, 3x3)'

/**
 * Whether Winograd's method can compute a convolution: 3x3, stride 1, whole blocks of channels, and sums that fit for
 * all possible weights.
 */
export function isWinograd({ inputs: [{ dtype, shape }], kernel, ...spec }: SpecOf<'Conv'>): boolean {
  const { channels, stored } = layoutOf(shape)
  const mostWeight = spec.weightZeroPoints ? 255 : 128
  return (
    dtype === 'int8' &&
    spec.group === 1 &&
    [...kernel].every((size) => size === 3) &&
    [...spec.strides, ...spec.dilations].every((size) => size === 1) &&
    stored % PANEL === 0 &&
    channels * 9 * 128 * mostWeight < MOST_SUM
  )
}

/** Whether it is faster. If patches cover at least twice the outputs, it takes longer than it saves. */
export function paysWinograd({ output: { shape } }: SpecOf<'Conv'>): boolean {
  const [, , height, width] = shape
  return 2 * height * width >= OUTPUTS ** 2 * patchesOf(height, width).each
}

/** G w G^T of every filter, [panel][36][channels / 2][8][2], with points column by column. */
export function packPoints(
  { columns, length, rows }: Weights,
  { panels, channels }: Pick<Product, 'panels' | 'channels'>,
): Int16Array {
  const apart = channels * PANEL
  const packed = new Int16Array(panels * POINTS ** 2 * apart)
  /** G w, column by column. */
  const filter = new Int16Array(3 * POINTS)
  for (let column = 0; column < columns; column++)
    for (let channel = 0; channel < channels; channel++) {
      for (let x = 0; x < 3; x++) {
        const tap = column * length + x * channels + channel
        transform(filter, x * POINTS, 1, rows[tap], rows[tap + 3 * channels], rows[tap + 6 * channels])
      }
      let to = Math.floor(column / PANEL) * POINTS ** 2 * apart
      to += (channel - (channel % 2)) * PANEL + (column % PANEL) * 2 + (channel % 2)
      for (let i = 0; i < POINTS; i++, to += apart)
        transform(packed, to, POINTS * apart, filter[i], filter[POINTS + i], filter[2 * POINTS + i])
    }
  return packed
}

/**
 * Lavin and Gray's G times three values. Its rows are multiplied by 24, -12, -12, 24, 24 and 6, which makes them
 * integers. The transforms in assembly account for these factors.
 */
function transform(out: Int16Array, at: number, apart: number, a: number, b: number, c: number): void {
  const [ends, outer] = [2 * (a + c), a + 4 * c]
  out[at] = 6 * a
  out[at + apart] = ends + 2 * b
  out[at + 2 * apart] = ends - 2 * b
  out[at + 3 * apart] = outer + 2 * b
  out[at + 4 * apart] = outer - 2 * b
  out[at + 5 * apart] = 6 * c
}

/**
 * The call that computes a product of windows and weights from `packPoints`. Its words have the order of `Winograd` in
 * assembly/winograd.ts.
 */
export function planWinograd(product: Product, { shelf, threads }: Workshop): Plan {
  const { channels, panels, rows, image } = product
  const [, , outHeight, outWidth] = image
  const { across, each } = patchesOf(outHeight, outWidth)
  const patches = (rows / (outHeight * outWidth)) * each
  const fewest = Math.ceil(patches / MOST_PATCHES)
  const perTile = Math.ceil(patches / (fewest < threads ? fewest : Math.ceil(fewest / threads) * threads))
  const tiles = Math.ceil(patches / perTile)
  // If there are too few patches for all threads, threads also share the panels, and each transforms the same inputs.
  const panelsPerTile = Math.ceil(panels / Math.ceil(threads / tiles))
  const cut = { rowsPerTile: perTile, tilesPerGroup: tiles, stage: STAGE, stageWidth: POINTS }
  const words = [...productWords({ ...product, rows: patches }, cut), across, each, panelsPerTile]
  const call = {
    kernel: 'winogradInt8',
    tiles: tiles * Math.ceil(panels / panelsPerTile),
    constants: shelf.put(Int32Array.from(words)),
    a: 0,
    b: 0,
    cycles: cyclesOf(patches, channels, panels * PANEL),
  }
  return {
    calls: [call],
    scratchBytes: STAGE + POINTS ** 2 * (channels + perTile * (2 * channels + 4 * PANEL)),
    variant: WINOGRAD,
  }
}

/** The number of patches beside each other, and in total, that cover one image of y. */
function patchesOf(height: number, width: number): { readonly across: number; readonly each: number } {
  const across = Math.ceil(width / OUTPUTS)
  return { across, each: across * Math.ceil(height / OUTPUTS) }
}

/**
 * The approximate cycles of patches: their products, reading the weights, which takes as long as one more patch, and
 * both transforms.
 */
function cyclesOf(patches: number, channels: number, outputs: number): number {
  return ((patches + 1) * POINTS ** 2 * channels * outputs) / 13 + patches * (24 * channels + 47 * outputs)
}
