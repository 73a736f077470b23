import type { ConvSpec } from '@octet/core'
import { layoutOf } from '../memory/layout.ts'
import type { Shelf } from '../memory/shelf.ts'
import type { Plan, Workshop } from './call.ts'
import { PANEL, type Product, productWords, type Weights } from './product.ts'

/** Outputs along each axis of a patch, and products along each axis that they take. */
const OUTPUTS = 4
const POINTS = 6
/** Rows of G, each a multiple so that it is integers; the output's transform (assembly/winograd-output.ts) knows the multiples. */
const G: readonly (readonly [number, number, number])[] = [
  [6, 0, 0],
  [2, 2, 2],
  [2, -2, 2],
  [1, 2, 4],
  [1, -2, 4],
  [0, 0, 6],
]
/** What a transform leaves is 64 times the sum: that must be an int32. */
const MOST_SUM = 2 ** 31 / 64
/** Transformed inputs and products of a tile of work stay in the second-level cache. */
const TILE_BYTES = 128 * 1024
/** Products of the direct convolution a cycle, about. */
const RATE = 30

export const WINOGRAD = 'int16 Winograd F(4x4, 3x3)'

/** Whether a convolution can be computed so: 3x3, stride 1, whole blocks of channels, and sums that fit whatever the weights. */
export function isWinograd({ inputs: [{ dtype, shape }], kernel, ...spec }: ConvSpec): boolean {
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

/** G w G^T of every filter, [panel][36][channels / 2][8][2]: points column by column. */
export function packPoints(
  shelf: Shelf,
  { columns, at }: Weights,
  { panels, channels }: Pick<Product, 'panels' | 'channels'>,
): number {
  const packed = new Int16Array(panels * POINTS ** 2 * channels * PANEL)
  for (let column = 0; column < columns; column++) {
    const panel = Math.floor(column / PANEL) * POINTS ** 2 * channels * PANEL
    for (let channel = 0; channel < channels; channel++) {
      const taps = Array.from({ length: 9 }, (_, tap) => at(column, tap * channels + channel))
      const place = panel + (channel - (channel % 2)) * PANEL + (column % PANEL) * 2 + (channel % 2)
      for (const [point, weight] of transformed(taps).entries())
        packed[place + point * channels * PANEL] = weight
    }
  }
  return shelf.put(packed)
}

/** The 36 points of one 3x3 filter, column by column. */
function transformed(taps: readonly number[]): number[] {
  return G.flatMap((across) =>
    G.map((along) => {
      let sum = 0
      for (const [tap, weight] of taps.entries())
        sum += across[tap % 3] * along[Math.floor(tap / 3)] * weight
      return sum
    }),
  )
}

/** The call that computes a product of windows and weights from `packPoints`; its words are in the order of `Winograd` in assembly/winograd.ts. */
export function planWinograd(product: Product, { shelf, threads }: Workshop): Plan {
  const { channels, panels, rows, image } = product
  const [, , outWidth, outPositions] = image
  const across = Math.ceil(outWidth / OUTPUTS)
  const each = across * Math.ceil(outPositions / outWidth / OUTPUTS)
  const patches = (rows / outPositions) * each
  const patchBytes = POINTS ** 2 * (2 * channels + 4 * PANEL)
  const most = Math.max(1, Math.floor(TILE_BYTES / patchBytes))
  const wanted = threads === 1 ? 1 : Math.min(4 * threads, Math.ceil(patches / 5))
  const perTile = Math.ceil(patches / Math.max(wanted, Math.ceil(patches / most)))
  const tiles = Math.ceil(patches / perTile)
  // Each thread transforms the inputs anew where there are too few patches to share.
  const shares = Math.min(panels, Math.ceil(threads / tiles))
  const panelsPerTile = Math.ceil(panels / shares)
  const words = [
    ...productWords({ ...product, rows: patches }, perTile, tiles),
    across,
    each,
    panelsPerTile,
  ]
  const call = {
    kernel: 'winogradInt8',
    tiles: tiles * Math.ceil(panels / panelsPerTile),
    constants: shelf.put(Int32Array.from(words)),
    a: 0,
    b: 0,
    cycles: (rows * 9 * channels * panels * PANEL) / RATE,
  }
  const workingBytes = 1088 + POINTS ** 2 * channels
  return { calls: [call], scratchBytes: workingBytes + perTile * patchBytes, variant: WINOGRAD }
}
