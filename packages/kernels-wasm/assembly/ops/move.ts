import { Step } from '../step'

/**
 * Moves values to other positions. Sizes and offsets are in elements. The host writes the words in this order
 * (src/ops/move.ts).
 */
@unmanaged
class Moved {
  /** The offset of each row of y in x; negative if it lies outside. */
  rows: usize
  /** For each segment of a row, a pair: its offset in x's row, and its number of pixels in y. */
  segments: usize
  /** The offset of each channel in x's pixel; 0 if the channels are in the same order as in y. */
  channelTable: usize
  rowCount: i32
  rowsPerTile: i32
  segmentCount: i32
  /** The elements of a row of y, and of a pixel with its room. */
  outRow: i32
  outStored: i32
  channels: i32
  /** The elements of a pixel that are copied: all with its room, or only the channels. */
  copied: i32
  /** The value at positions outside, in its lowest bits. */
  fill: u32
  /** 256 entries of a table for int8; 0 if there is none. */
  table: usize
}

function copy(to: usize, from: usize, bytes: usize): void {
  if (bytes >= 512) {
    memory.copy(to, from, bytes)
    return
  }
  const vectors = bytes & ~15
  for (let i: usize = 0; i < vectors; i += 16) v128.store(to + i, v128.load(from + i))
  for (let i = vectors; i < bytes; i++) store<u8>(to + i, load<u8>(from + i))
}

/**
 * The number of pixels that are gathered together. A cache line of x may hold a channel of each. If it holds other
 * rows, the lines of all pixels fit the ways of a cache.
 */
const BLOCK = 8

/** Brings int8 to the grid of y. Values from outside are on that grid already. */
function regrid(op: Moved, to: usize): void {
  const zero = op.table + 128
  for (let c = 0; c < op.channels; c++) {
    if (op.channelTable != 0 && load<i32>(op.channelTable + (<usize>c << 2)) < 0) continue
    store<u8>(to + <usize>c, load<u8>(zero + load<i8>(to + <usize>c)))
  }
}

/**
 * Copies a row whose channels have other positions in x than in y, channel by channel, for one block of pixels after
 * the other.
 */
function gatherRow<T>(op: Moved, to: usize, x: usize, base: i32): void {
  const size: usize = sizeof<T>()
  const pixel = <usize>op.outStored * size, room = <usize>(op.outStored - op.channels) * size
  for (let first = 0; first < op.segmentCount; first += BLOCK) {
    const end = min(op.segmentCount, first + BLOCK)
    for (let c = 0; c < op.channels; c++) {
      const channel = load<i32>(op.channelTable + (<usize>c << 2))
      let at = to + <usize>c * size
      for (let s = first; s < end; s++, at += pixel) {
        const column = load<i32>(op.segments + (<usize>s << 3))
        if ((base | column | channel) < 0) store<T>(at, <T>op.fill)
        else store<T>(at, load<T>(x + <usize>(base + column + channel) * size))
      }
    }
    for (let s = first; s < end; s++, to += pixel) {
      if (sizeof<T>() == 1 && op.table != 0 && (base | load<i32>(op.segments + (<usize>s << 3))) >= 0) regrid(op, to)
      if (room != 0) memory.fill(to + pixel - room, 0, room)
    }
  }
}

/** T is an unsigned integer of an element's size. Room that belongs to no channel becomes 0. */
@kernels(Bytes, Halves, Words)
function move<T>(step: Step, tile: i32): void {
  const op = changetype<Moved>(step.op)
  const size: usize = sizeof<T>()
  const pixel = <usize>op.outStored * size, room = <usize>(op.outStored - op.channels) * size
  const end = min(op.rowCount, (tile + 1) * op.rowsPerTile)
  for (let row = tile * op.rowsPerTile; row < end; row++) {
    const base = load<i32>(op.rows + (<usize>row << 2))
    let to = step.y + <usize>row * <usize>op.outRow * size
    if (op.channelTable != 0) {
      gatherRow<T>(op, to, step.a, base)
      continue
    }
    for (let s = 0; s < op.segmentCount; s++) {
      const offset = load<i32>(op.segments + (<usize>s << 3))
      const pixels = load<i32>(op.segments + (<usize>s << 3), 4)
      const next = to + <usize>pixels * pixel
      const inside = (base | offset) >= 0
      let from = step.a + <usize>(base + offset) * size
      if (inside && op.copied == op.outStored && op.table == 0) {
        copy(to, from, next - to)
        to = next
        continue
      }
      for (; to < next; to += pixel) {
        if (!inside) for (let c: usize = 0; c < <usize>op.channels; c++) store<T>(to + c * size, <T>op.fill)
        else {
          copy(to, from, <usize>op.channels * size)
          if (sizeof<T>() == 1 && op.table != 0) regrid(op, to)
          from += pixel
        }
        if (room != 0) memory.fill(to + pixel - room, 0, room)
      }
    }
  }
}
