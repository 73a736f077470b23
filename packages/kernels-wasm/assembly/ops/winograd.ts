import { finishInt8 } from '../finish'
import { Product } from '../rows'
import { Step } from '../step'
import { sumTiles } from '../tile'
import { transformPatch } from '../winograd-input'
import { transformSums } from '../winograd-output'

/**
 * A 3x3 convolution of stride 1 by Winograd's minimal filtering F(4x4, 3x3): Lavin and Gray, Fast Algorithms for
 * Convolutional Neural Networks, 2015. Each patch of 4x4 outputs takes 36 products of transformed inputs and weights
 * instead of 144. All are integers, so the sums equal those of the direct convolution. The words are those of
 * `Product`, except that rows are patches, and the stage is for a patch that crosses a border.
 */
@unmanaged
class Winograd extends Product {
  /** The number of patches side by side in an image, and of all patches in an image. */
  patchesX: i32
  patchesEach: i32
  /** The number of panels that one tile of work computes. */
  panelsPerTile: i32
}

const PATCH: i32 = 6
const POINTS: usize = 36
/** The number of outputs of a patch along each axis. */
const OUTPUTS: i32 = 4
/** The offset in working memory of the sums of one patch, behind the output of the transforms. */
const SUMS: usize = 576

/** Transforms patches of some rows of x once, and multiplies them by one panel of weights after the other. */
export function winogradInt8(step: Step, tile: i32, scratch: usize): void {
  const op = changetype<Winograd>(step.op)
  const first = (tile % op.tilesPerGroup) * op.rowsPerTile
  const count = min(op.rows - first, op.rowsPerTile)
  const border = scratch + op.stage
  const points = border + POINTS * <usize>op.channels
  const products = points + POINTS * <usize>(count * op.channels * 2)
  for (let i = 0; i < count; i++)
    input(op, step.a, first + i, points + <usize>(i * op.channels * 2), count, scratch, border)
  const firstPanel = (tile / op.tilesPerGroup) * op.panelsPerTile
  for (let panel = firstPanel, end = min(op.panels, firstPanel + op.panelsPerTile); panel < end; panel++) {
    multiply(op, panel, points, count, products)
    for (let i = 0; i < count; i++) output(op, step.y, first + i, panel, products + <usize>(i << 5), count, scratch)
  }
}

/** Transforms one patch. It reads the patch in x, or, across a border, from a copy with padding. */
function input(op: Winograd, x: usize, patch: i32, to: usize, count: i32, scratch: usize, border: usize): void {
  const inImage = patch % op.patchesEach
  const iy = (inImage / op.patchesX) * OUTPUTS - op.top
  const ix = (inImage % op.patchesX) * OUTPUTS - op.left
  const image = x + <usize>((patch / op.patchesEach) * op.height * op.width * op.channels)
  const apart = <usize>(count * op.channels * 2)
  if (iy >= 0 && ix >= 0 && iy + PATCH <= op.height && ix + PATCH <= op.width) {
    const at = image + <usize>((iy * op.width + ix) * op.channels)
    transformPatch(at, <usize>op.channels, <usize>(op.width * op.channels), to, apart, scratch)
    return
  }
  copyPatch(op, image, iy, ix, border)
  transformPatch(border, <usize>op.channels, <usize>(PATCH * op.channels), to, apart, scratch)
}

/** Copies a patch. Positions outside the image get the zero point. */
function copyPatch(op: Winograd, image: usize, iy: i32, ix: i32, to: usize): void {
  const pad = i64x2.extract_lane(i8x16.splat(<i8>op.inputZeroPoint), 0)
  const pixel = <usize>op.channels
  const before = <usize>min(PATCH, max(0, -ix)) * pixel
  const inside = <usize>max(0, min(PATCH, op.width - ix)) * pixel
  const line = <usize>PATCH * pixel
  for (let i = 0; i < PATCH; i++) {
    const isInside = iy + i >= 0 && iy + i < op.height
    const start = isInside ? before : line
    const from = image + <usize>((iy + i) * op.width + ix) * pixel
    let at: usize = 0
    for (; at < start; at += 8) store<i64>(to + at, pad)
    for (; at < inside; at += 8) store<i64>(to + at, load<i64>(from + at))
    for (; at < line; at += 8) store<i64>(to + at, pad)
    to += line
  }
}

/** The sums [36][count][8] over channels for one panel: [36][count][channels] times [36][channels / 2][8][2]. */
function multiply(op: Winograd, panel: i32, points: usize, count: i32, products: usize): void {
  const lda = <usize>op.channels << 1
  const weightsApart = <usize>op.channels << 4
  let weights = op.weights + <usize>panel * POINTS * weightsApart
  for (const end = products + POINTS * <usize>(count << 5); products < end; products += <usize>(count << 5)) {
    sumTiles<i16>(points, lda, weights, op.channels, count, products)
    points += <usize>count * lda
    weights += weightsApart
  }
}

/** Computes the outputs of one patch and panel that lie inside y. */
function output(op: Winograd, y: usize, patch: i32, panel: i32, products: usize, count: i32, scratch: usize): void {
  const inImage = patch % op.patchesEach
  const oy = (inImage / op.patchesX) * OUTPUTS
  const ox = (inImage % op.patchesX) * OUTPUTS
  let sums = scratch + SUMS
  transformSums(products, <usize>(count << 5), sums, scratch)
  const columns = op.columns - (panel << 3)
  const width = min(OUTPUTS, op.outWidth - ox)
  const height = min(OUTPUTS, op.positions / op.outWidth - oy)
  const line = <usize>(op.outWidth * op.ldy)
  let at = y + <usize>(((patch / op.patchesEach) * op.positions + oy * op.outWidth + ox) * op.ldy + (panel << 3))
  for (let i = 0; i < height; i++, sums += 128, at += line) finishInt8(op, sums, width, panel << 3, columns, at)
}
