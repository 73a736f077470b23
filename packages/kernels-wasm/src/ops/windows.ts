import { fromFloat16 } from '@octet/core'
import { layoutOf } from '../memory/layout.ts'
import type { Plan, SpecOf, Workshop } from './op.ts'
import {
  DEPTH,
  type Microkernel,
  type Product,
  productWords,
  RATE,
  ROW_BYTES,
  staged,
  type Weights,
} from './product.ts'

/** Staged lines of a tile stay in the first-level cache. */
const STAGE_BYTES = 24 * 1024

/** Whether a convolution has so few channels that its windows are read in place: none of them is room. */
export function isOfFewChannels({ inputs, kernel, dilations, group }: SpecOf<'Conv'>): boolean {
  const { channels } = layoutOf(inputs[0].shape)
  return group === 1 && channels < 8 && kernel[0] * kernel[1] > 1 && dilations[1] === 1
}

/** Products of a window's row, filled up to what an instruction takes. */
function runOf({ window, channels }: Pick<Product, 'window' | 'channels'>, depth: number): number {
  return Math.ceil((window.kernel[1] * channels) / depth) * depth
}

/** Weights whose taps are filled up row by row of the window; those of halves in float32. */
export function spaced(
  { columns, length, rows }: Weights,
  product: Pick<Product, 'window' | 'channels' | 'microkernel'>,
): Weights {
  const [from, to] = [product.window.kernel[1] * product.channels, runOf(product, DEPTH[product.microkernel])]
  const lines = product.window.kernel[0]
  const given = rows instanceof Uint16Array ? fromFloat16(rows) : rows
  const made =
    rows instanceof Int16Array ? new Int16Array(columns * lines * to) : new Float32Array(columns * lines * to)
  for (let column = 0; column < columns; column++)
    for (let line = 0; line < lines; line++)
      made.set(
        given.subarray(column * length + line * from, column * length + (line + 1) * from),
        (column * lines + line) * to,
      )
  return { columns, length: lines * to, rows: made }
}

/** Products of a whole window so spaced. */
export function spacedLength(
  product: Pick<Product, 'window' | 'channels'>,
  microkernel: Microkernel,
): number {
  return product.window.kernel[0] * runOf(product, DEPTH[microkernel])
}

/** The call that computes windows in place. */
export function planWindows(product: Product, { shelf, threads }: Workshop, variant: string): Plan {
  const { microkernel, rows, k, panels, image, window, channels } = product
  const [, , outHeight, outWidth] = image
  const bytes = (lines: number): number => {
    const part = staged(product, lines * outWidth)
    return part.lines * part.width * channels * ROW_BYTES[microkernel]
  }
  let lines = outHeight
  while (lines > 1 && bytes(lines) > STAGE_BYTES) lines--
  const fair = Math.ceil(rows / outWidth / (threads === 1 ? 1 : 4 * threads))
  const rowsPerTile = Math.min(lines, fair) * outWidth
  const { width } = staged(product, rowsPerTile)
  const tiles = Math.ceil(rows / rowsPerTile)
  const words = productWords(product, { rowsPerTile, tilesPerGroup: tiles, stage: 0, stageWidth: width })
  return {
    calls: [
      {
        kernel: `windows${microkernel}`,
        tiles,
        constants: shelf.put(Int32Array.from(words)),
        a: 0,
        b: 0,
        cycles: (rows * k * panels * 8) / RATE[microkernel],
      },
    ],
    // A tile may begin in the middle of an image, and has a part of two then.
    scratchBytes:
      bytes(Math.min(lines, fair)) + window.kernel[0] * width * channels * ROW_BYTES[microkernel] + 128,
    variant,
  }
}
