import { type Constants, expectConstants } from '@octet/core'
import { layoutOf } from '../memory/layout.ts'
import { floatBits } from '../memory/shelf.ts'
import { integerTarget, type Plan, single, type SpecOf, type Workshop } from './op.ts'
import { imageOf, windowWords } from './window.ts'

const BLOCK = 8
/** Words of a block: five pairs of weights per channel, multipliers, and three kinds of bias. */
const BLOCK_WORDS = 9 * BLOCK

/** Whether `depthwise3x3Int8` can compute a depthwise convolution: at most one column of padding on each side. */
export function isThreeByThree({
  inputs,
  output,
  kernel,
  strides,
  pads,
  dilations,
}: SpecOf<'Conv'>): boolean {
  const width = inputs[0].shape[3]
  const last = (output.shape[3] - 1) * strides[1] - pads[1] + 2
  return (
    inputs[0].dtype === 'int8' &&
    kernel.every((size) => size === 3) &&
    dilations.every((size) => size === 1) &&
    strides[1] <= 2 &&
    pads[1] <= 1 &&
    last <= width
  )
}

/** The words have the order of `Depthwise3x3` in assembly/depthwise-3x3.ts. */
export function planThreeByThree(
  spec: SpecOf<'Conv'>,
  constants: Constants,
  { shelf, threads }: Workshop,
): Plan {
  const c = expectConstants(spec, constants, 'int-weights')
  const { images, stored } = layoutOf(spec.inputs[0].shape)
  const image = imageOf(spec.inputs[0].shape, spec.output.shape)
  const [, width, outHeight, outWidth] = image
  const blocks = new Int32Array((stored / BLOCK) * BLOCK_WORDS)
  for (let channel = 0; channel < c.bias.length; channel++) {
    const at = Math.floor(channel / BLOCK) * BLOCK_WORDS + (channel % BLOCK)
    const weight = (row: number, column: number): number =>
      c.weight.data[9 * channel + 3 * row + column] - c.weightZeroPoints[channel]
    const words = [
      pair(weight(0, 0), weight(1, 0)),
      pair(weight(0, 1), weight(1, 1)),
      pair(weight(0, 2), weight(1, 2)),
      pair(weight(2, 0), weight(2, 1)),
      pair(0, weight(2, 2)),
      floatBits(c.multiplier[channel]),
      ...biases(c.bias[channel], c.inputZeroPoint, weight),
    ]
    for (const [i, word] of words.entries()) blocks[at + i * BLOCK] = word
  }
  const rows = images * outHeight
  const rowsPerTile = threads === 1 ? rows : 1
  const words = [
    ...windowWords(integerTarget(c.clamp, c.outputZeroPoint), image, spec),
    shelf.put(blocks),
    shelf.put(new Int8Array(width * stored + BLOCK).fill(c.inputZeroPoint)),
    c.inputZeroPoint,
    stored,
    rows,
    rowsPerTile,
  ]
  const tiles = Math.ceil(rows / rowsPerTile)
  return single(shelf, { kernel: 'depthwise3x3Int8', tiles, cycles: 2 * rows * outWidth * stored }, words)
}

/** Two int16 in the order of a word in memory. */
function pair(first: number, second: number): number {
  return (first & 0xffff) | (second << 16)
}

/**
 * The bias that cancels the zero point, the same bias for a first column of padding, and the addition for a third
 * column of padding.
 */
function biases(
  bias: number,
  zeroPoint: number,
  weight: (row: number, column: number) => number,
): readonly [bias: number, left: number, right: number] {
  const column = (x: number): number => weight(0, x) + weight(1, x) + weight(2, x)
  const taken = bias - zeroPoint * (column(0) + column(1) + column(2))
  return [taken, taken + zeroPoint * (weight(0, 0) + weight(1, 0)), zeroPoint * column(2)]
}
