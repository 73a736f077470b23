import { bytesPerElement, expectConstants, toFloat16, type DType } from '@octet/core'
import { layoutOf, type Layout } from '../memory/layout.ts'
import { floatBits } from '../memory/shelf.ts'
import { PER_TILE } from './elementwise.ts'
import { SUFFIX } from './move-words.ts'
import { type Op, single } from './op.ts'

const OUTSIDE = -1

/** Consecutive pixels of a row of y that are also consecutive in x, or all outside x. */
interface Segment {
  readonly from: number
  pixels: number
}

/**
 * Works row by row, where a row has the pixels of the last axis. It copies whole segments if pixels have the same
 * layout in x and y, whole pixels if their channels do, and else single channels. The words have the order of `Moved`
 * in assembly/ops/move.ts.
 */
export const move: Op<'Move'> = {
  plan(spec, constants, { shelf, threads }) {
    const { offsets, fill, table } = expectConstants(spec, constants, 'move')
    const { dtype, shape } = spec.output
    const [x, y] = [layoutOf(spec.inputs[0].shape), layoutOf(shape)]
    const [images, channels, ...axes] = Array.from({ length: Math.max(2, shape.length) }, (_, axis) =>
      inStorage(x, offsets[axis] ?? [0]),
    )
    const outer = axes.slice(0, -1).reduce(combined, images)
    const together = channels.every((offset, c) => offset >= 0 && offset === channels[0] + c)
    const columns = (axes.at(-1) ?? [0]).map((column) => plus(column, together ? channels[0] : 0))
    const whole = together && x.stored === y.stored && x.channels === y.channels
    const segments = together
      ? segmentsOf(columns, whole ? y.stored : undefined)
      : columns.map((from) => ({ from, pixels: 1 }))
    // If there are too few rows to share, each pixel may be a separate row.
    const split = segments.length === columns.length && outer.length < threads
    const rows = split ? combined(outer, columns) : outer
    const parts = split ? [{ from: 0, pixels: 1 }] : segments
    const outRow = (split ? 1 : columns.length) * y.stored
    const rowsPerTile = Math.max(1, Math.ceil(PER_TILE / outRow))
    return single(
      shelf,
      {
        kernel: `move${SUFFIX[bytesPerElement(dtype)]}`,
        tiles: Math.ceil(rows.length / rowsPerTile),
        cycles: whole ? rows.length * parts.length * 10 + y.count / 4 : 3 * y.count,
      },
      [
        shelf.put(Int32Array.from(rows)),
        shelf.put(Int32Array.from(parts.flatMap(({ from, pixels }) => [from, pixels]))),
        together ? 0 : shelf.put(Int32Array.from(channels)),
        rows.length,
        rowsPerTile,
        parts.length,
        outRow,
        y.stored,
        y.channels,
        whole ? y.stored : y.channels,
        fillBits(dtype, fill),
        table === undefined ? 0 : shelf.put(table),
      ],
    )
  },
}

/**
 * Converts offsets in ONNX order to offsets in storage. They add up in the same way, because steps of two axes never
 * pass the end of one axis.
 */
function inStorage({ channels, positions, stored }: Layout, offsets: ArrayLike<number>): number[] {
  return Array.from(offsets, (offset) => {
    if (offset < 0) return OUTSIDE
    const [plane, position] = [Math.floor(offset / positions), offset % positions]
    return (Math.floor(plane / channels) * positions + position) * stored + (plane % channels)
  })
}

/** The offsets of two axes as offsets of one axis. */
function combined(outer: readonly number[], inner: readonly number[]): number[] {
  return outer.flatMap((a) => inner.map((b) => plus(a, b)))
}

function plus(a: number, b: number): number {
  return a < 0 || b < 0 ? OUTSIDE : a + b
}

/** The pixels of a row in segments. The pixels of one segment have distance `stride`, or all lie outside. */
function segmentsOf(columns: readonly number[], stride: number | undefined): Segment[] {
  const segments: Segment[] = []
  for (const from of columns) {
    const last = segments.at(-1)
    const next = last === undefined || stride === undefined ? undefined : last.from + last.pixels * stride
    if (last !== undefined && (from === next || (from < 0 && last.from < 0))) last.pixels++
    else segments.push({ from, pixels: 1 })
  }
  return segments
}

function fillBits(dtype: DType, fill: number): number {
  if (dtype === 'int8') return fill & 0xff
  return dtype === 'float16' ? toFloat16(Float32Array.of(fill))[0] : floatBits(fill)
}
