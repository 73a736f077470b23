import { Step } from './step'

/** Copies elements to another layout. Sizes are in elements. Written by the host (src/ops/move.ts) in this order. */
@unmanaged
export class Move {
  /** 0: bits as they are; else int8 through 256 entries. */
  table: usize
  /** Of x: channels, pixels an image, and stored channels. */
  channels: i32
  positions: i32
  stored: i32
  /** Of y. */
  outChannels: i32
  outPositions: i32
  outStored: i32
  /** Storage of y in all. */
  count: i32
  images: i32
  /** Join: where x begins in y's channels and pixels, and y's rows: pixels a row of x and of y. */
  firstChannel: i32
  firstPosition: i32
  firstImage: i32
  run: i32
  outRun: i32
}

/**
 * Row-major order kept under another shape; storage that belongs to no element becomes 0. T is an unsigned integer of
 * the size.
 */
function reshape<T>(step: Step): void {
  const op = changetype<Move>(step.op)
  const size: usize = sizeof<T>()
  memory.fill(step.y, 0, <usize>op.count * size)
  let c = 0, p = 0
  let image = step.a
  for (let n = 0; n < op.images; n++)
    for (let outC = 0; outC < op.outChannels; outC++) {
      let to = step.y + <usize>(n * op.outPositions * op.outStored + outC) * size
      for (let outP = 0; outP < op.outPositions; outP++, to += <usize>op.outStored * size) {
        store<T>(to, load<T>(image + <usize>(p * op.stored + c) * size))
        if (++p < op.positions) continue
        p = 0
        if (++c < op.channels) continue
        c = 0
        image += <usize>(op.positions * op.stored) * size
      }
    }
}

export function reshapeBytes(step: Step, tile: i32, scratch: usize): void {
  reshape<u8>(step)
}

export function reshapeHalves(step: Step, tile: i32, scratch: usize): void {
  reshape<u16>(step)
}

export function reshapeWords(step: Step, tile: i32, scratch: usize): void {
  reshape<u32>(step)
}

/** Storage as it is, `count` bytes. */
export function copyStorage(step: Step, tile: i32, scratch: usize): void {
  const op = changetype<Move>(step.op)
  memory.copy(step.y, step.a, <usize>op.count)
}

/**
 * Puts one input of a Concat into its place: its pixels come in runs of `run`, which lie `outRun` apart in y. The
 * last channel writes zeros up to the next pixel.
 */
function join<T>(step: Step): void {
  const op = changetype<Move>(step.op)
  const size: usize = sizeof<T>()
  const last = op.firstChannel + op.channels == op.outChannels
  for (let n = 0; n < op.images; n++)
    for (let p = 0; p < op.positions; p++) {
      const place = (p / op.run) * op.outRun + (p % op.run) + op.firstPosition
      const pixel = ((op.firstImage + n) * op.outPositions + place) * op.outStored
      const from = step.a + <usize>((n * op.positions + p) * op.stored) * size
      const to = step.y + <usize>(pixel + op.firstChannel) * size
      if (sizeof<T>() == 1) {
        const zero = op.table + 128
        for (let c = 0; c < op.channels; c++) store<u8>(to + <usize>c, load<u8>(zero + load<i8>(from + <usize>c)))
      } else memory.copy(to, from, <usize>op.channels * size)
      if (last) memory.fill(to + <usize>op.channels * size, 0, <usize>(op.outStored - op.outChannels) * size)
    }
}

export function joinBytes(step: Step, tile: i32, scratch: usize): void {
  join<u8>(step)
}

export function joinHalves(step: Step, tile: i32, scratch: usize): void {
  join<u16>(step)
}

export function joinWords(step: Step, tile: i32, scratch: usize): void {
  join<u32>(step)
}
