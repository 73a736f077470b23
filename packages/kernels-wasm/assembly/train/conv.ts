import { addFloats, fillFloats, sumOfFloats, turn } from './lane'
import { multiplyRows } from './matrix'
import { fourApart, layPlane } from './plane'
import { Weighted } from './weighted'

/**
 * A Conv as one product per sample and group: W [filters, taps] times the unfolded image [taps, positions]. The host
 * writes the words in this order (src/train/conv.ts).
 */
@unmanaged
class Conv extends Weighted {
  group: i32
  /** The channels of one group. */
  channels: i32
  filters: i32
  height: i32
  width: i32
  outHeight: i32
  outWidth: i32
  kernelY: i32
  kernelX: i32
  strideY: i32
  strideX: i32
  top: i32
  left: i32
  dilationY: i32
  dilationX: i32
  /** Whether the image equals its unfolded form. */
  direct: i32
  /** For a padded plane: the floats of a row, and of the whole plane. */
  pitch: i32
  area: i32
  /**
   * Room for the padded planes [channels], the unfolded image, the transposed W of all groups, a panel, and a tile's
   * sums.
   */
  padded: usize
  columns: usize
  turned: usize
  panelRoom: usize
  sumsRoom: usize
}

/**
 * Writes the padded planes of a group, then each tap's positions. The next row overwrites any floats past a row's end.
 */
function unfold(op: Conv, x: usize): void {
  const pitch = (<usize>op.pitch) << 2, area = (<usize>op.area) << 2
  const row = (<usize>op.outWidth) << 2
  let to = op.columns
  let plane = op.padded
  for (let c = 0; c < op.channels; c++, plane += area, x += (<usize>(op.height * op.width)) << 2) {
    layPlane(plane + <usize>op.top * pitch + ((<usize>op.left) << 2), pitch, x, op.height, op.width)
    for (let ky = 0; ky < op.kernelY; ky++)
      for (let kx = 0; kx < op.kernelX; kx++) {
        let from = plane + <usize>(ky * op.dilationY) * pitch + ((<usize>(kx * op.dilationX)) << 2)
        const step = <usize>op.strideY * pitch
        for (let oy = 0; oy < op.outHeight; oy++, from += step, to += row) {
          if (op.strideX == 1)
            for (let at: usize = 0; at < row; at += 16) v128.store(to + at, v128.load(from + at))
          else for (let at: usize = 0; at < row; at += 16) v128.store(to + at, fourApart(from + 2 * at, true))
        }
      }
  }
}

/** The adjoint of `unfold`: adds the gradient of every column to the element from which it was read. */
function fold(op: Conv, dx: usize): void {
  const pitch = (<usize>op.pitch) << 2, area = (<usize>op.area) << 2
  const row = (<usize>op.outWidth) << 2
  let from = op.columns
  const plane = op.padded
  for (let c = 0; c < op.channels; c++) {
    memory.fill(plane, 0, area)
    for (let ky = 0; ky < op.kernelY; ky++)
      for (let kx = 0; kx < op.kernelX; kx++) {
        let to = plane + <usize>(ky * op.dilationY) * pitch + ((<usize>(kx * op.dilationX)) << 2)
        const step = <usize>op.strideY * pitch
        for (let oy = 0; oy < op.outHeight; oy++, from += row, to += step) {
          if (op.strideX == 1) addFloats(to, from, op.outWidth)
          else
            for (let at: usize = 0; at < row; at += 4)
              store<f32>(to + 2 * at, load<f32>(to + 2 * at) + load<f32>(from + at))
        }
      }
    let inner = plane + <usize>op.top * pitch + ((<usize>op.left) << 2)
    for (let y = 0; y < op.height; y++, inner += pitch, dx += (<usize>op.width) << 2)
      addFloats(dx, inner, op.width)
  }
  memory.fill(plane, 0, area)
}

/** Multiplies A [rows, inner] by B, given by its steps, into C [rows, columns], or adds to C. A and C are row-major. */
@inline
function multiply(
  op: Conv, a: usize, rows: i32, inner: i32, columns: i32, b: usize, bRow: i32, bColumn: i32, c: usize, add: bool,
): void {
  const lda = (<usize>inner) << 2
  multiplyRows(a, lda, rows, inner, columns, b, bRow, bColumn, c, columns, 1, 1, add, op.panelRoom, op.sumsRoom)
}

export function convForward(task: usize, batch: i32): void {
  const op = changetype<Conv>(task)
  const positions = op.outHeight * op.outWidth, taps = op.channels * op.kernelY * op.kernelX
  const image = (<usize>(op.channels * op.height * op.width)) << 2
  let x = op.x, y = op.y
  for (let sample = 0; sample < batch; sample++) {
    let w = op.w, b = op.b
    for (let g = 0; g < op.group; g++, x += image, w += (<usize>(op.filters * taps)) << 2) {
      if (!op.direct) unfold(op, x)
      if (b)
        for (let m = 0; m < op.filters; m++, b += 4)
          fillFloats(y + ((<usize>(m * positions)) << 2), load<f32>(b), positions)
      multiply(op, w, op.filters, taps, positions, op.direct ? x : op.columns, positions, 1, y, b != 0)
      y += (<usize>(op.filters * positions)) << 2
    }
  }
}

export function convBackward(task: usize, batch: i32): void {
  const op = changetype<Conv>(task)
  const positions = op.outHeight * op.outWidth, taps = op.channels * op.kernelY * op.kernelX
  const image = (<usize>(op.channels * op.height * op.width)) << 2, weights = (<usize>(op.filters * taps)) << 2
  if (op.dx)
    for (let g = 0; g < op.group; g++)
      turn(
        op.turned + <usize>g * weights, (<usize>op.filters) << 2,
        op.w + <usize>g * weights, (<usize>taps) << 2, op.filters, taps,
      )
  let x = op.x, dx = op.dx, dy = op.dy
  for (let sample = 0; sample < batch; sample++) {
    let db = op.db
    for (let g = 0; g < op.group; g++, x += image) {
      if (db)
        for (let m = 0; m < op.filters; m++, db += 4)
          store<f32>(db, load<f32>(db) + <f32>sumOfFloats(dy + ((<usize>(m * positions)) << 2), positions))
      if (!op.direct) unfold(op, x)
      const dw = op.dw + <usize>g * weights
      multiply(op, dy, op.filters, positions, taps, op.direct ? x : op.columns, 1, positions, dw, true)
      if (dx) {
        const to = op.direct ? dx : op.columns
        multiply(op, op.turned + <usize>g * weights, taps, op.filters, positions, dy, positions, 1, to, op.direct != 0)
        if (!op.direct) fold(op, dx)
        dx += image
      }
      dy += (<usize>(op.filters * positions)) << 2
    }
  }
}
