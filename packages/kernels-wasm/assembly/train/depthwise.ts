import { lanesBefore, sumOfFloats, sumOfLanes } from './lane'
import { layPlane, spreadRows } from './plane'
import { Weighted } from './weighted'

/**
 * 3x3 filters that slide over one plane each. A plane is copied with its padding, so that no tap needs a check.
 * Gradients of y are spread by the window's stride, with two rows and columns of zeros before them, so that the turned
 * filter can slide over them for the gradient of x. The host writes the words in this order (src/train/depthwise.ts).
 */
@unmanaged
class Depthwise extends Weighted {
  channels: i32
  /** The number of filters per channel. */
  multiple: i32
  height: i32
  width: i32
  outHeight: i32
  outWidth: i32
  strideY: i32
  strideX: i32
  top: i32
  left: i32
  /** The floats from row to row of both copied planes. A row ends in zeros up to the next four elements. */
  pitch: i32
  padded: usize
  spread: usize
  /** Nine vectors of sums for each filter. */
  sums: usize
}

function layPadded(op: Depthwise, from: usize): void {
  const pitch = (<usize>op.pitch) << 2
  layPlane(op.padded + <usize>op.top * pitch + ((<usize>op.left) << 2), pitch, from, op.height, op.width)
}

/** Computes rows of y, four or eight columns at a time. The next row overwrites any floats past a row's end. */
function slideForward(op: Depthwise, y: usize, w: usize, bias: f32): void {
  const pitch = (<usize>op.pitch) << 2
  const w0 = v128.load32_splat(w), w1 = v128.load32_splat(w, 4), w2 = v128.load32_splat(w, 8)
  const w3 = v128.load32_splat(w, 12), w4 = v128.load32_splat(w, 16), w5 = v128.load32_splat(w, 20)
  const w6 = v128.load32_splat(w, 24), w7 = v128.load32_splat(w, 28), w8 = v128.load32_splat(w, 32)
  const start = f32x4.splat(bias)
  const byTwo = op.strideX == 2
  for (let oy = 0; oy < op.outHeight; oy++, y += (<usize>op.outWidth) << 2) {
    let p = op.padded + <usize>(oy * op.strideY) * pitch
    for (let ox = 0; ox < op.outWidth; ox += 4) {
      const q = p + pitch, r = q + pitch
      let upper: v128, middle: v128, lower: v128
      if (byTwo) {
        let a = v128.load(p), b = v128.load(p, 16), c = v128.load(p, 32)
        let even = v128.shuffle<f32>(a, b, 0, 2, 4, 6)
        upper = f32x4.add(
          f32x4.add(start, f32x4.mul(w0, even)),
          f32x4.mul(w1, v128.shuffle<f32>(a, b, 1, 3, 5, 7)),
        )
        upper = f32x4.add(upper, f32x4.mul(w2, v128.shuffle<f32>(even, c, 1, 2, 3, 4)))
        a = v128.load(q)
        b = v128.load(q, 16)
        c = v128.load(q, 32)
        even = v128.shuffle<f32>(a, b, 0, 2, 4, 6)
        middle = f32x4.add(f32x4.mul(w3, even), f32x4.mul(w4, v128.shuffle<f32>(a, b, 1, 3, 5, 7)))
        middle = f32x4.add(middle, f32x4.mul(w5, v128.shuffle<f32>(even, c, 1, 2, 3, 4)))
        a = v128.load(r)
        b = v128.load(r, 16)
        c = v128.load(r, 32)
        even = v128.shuffle<f32>(a, b, 0, 2, 4, 6)
        lower = f32x4.add(f32x4.mul(w6, even), f32x4.mul(w7, v128.shuffle<f32>(a, b, 1, 3, 5, 7)))
        lower = f32x4.add(lower, f32x4.mul(w8, v128.shuffle<f32>(even, c, 1, 2, 3, 4)))
        p += 32
      } else {
        upper = f32x4.add(f32x4.add(start, f32x4.mul(w0, v128.load(p))), f32x4.mul(w1, v128.load(p, 4)))
        upper = f32x4.add(upper, f32x4.mul(w2, v128.load(p, 8)))
        middle = f32x4.add(f32x4.mul(w3, v128.load(q)), f32x4.mul(w4, v128.load(q, 4)))
        middle = f32x4.add(middle, f32x4.mul(w5, v128.load(q, 8)))
        lower = f32x4.add(f32x4.mul(w6, v128.load(r)), f32x4.mul(w7, v128.load(r, 4)))
        lower = f32x4.add(lower, f32x4.mul(w8, v128.load(r, 8)))
        p += 16
      }
      v128.store(y + ((<usize>ox) << 2), f32x4.add(f32x4.add(upper, middle), lower))
    }
  }
}

export function depthwiseForward(task: usize, batch: i32): void {
  const op = changetype<Depthwise>(task)
  let x = op.x, y = op.y
  for (let sample = 0; sample < batch; sample++) {
    let w = op.w, b = op.b
    for (let channel = 0; channel < op.channels; channel++, x += (<usize>(op.height * op.width)) << 2) {
      layPadded(op, x)
      for (let i = 0; i < op.multiple; i++, w += 36, y += (<usize>(op.outHeight * op.outWidth)) << 2) {
        slideForward(op, y, w, b ? load<f32>(b) : 0)
        if (b) b += 4
      }
    }
  }
}

/** Adds to nine vectors, for each tap, dy times the value under the tap. */
function correlate(op: Depthwise, sums: usize): void {
  const pitch = (<usize>op.pitch) << 2
  const span = (op.outWidth - 1) * op.strideX + 1
  let s0 = v128.load(sums), s1 = v128.load(sums, 16), s2 = v128.load(sums, 32)
  let s3 = v128.load(sums, 48), s4 = v128.load(sums, 64), s5 = v128.load(sums, 80)
  let s6 = v128.load(sums, 96), s7 = v128.load(sums, 112), s8 = v128.load(sums, 128)
  for (let oy = 0; oy < op.outHeight; oy++) {
    let p = op.padded + <usize>(oy * op.strideY) * pitch
    let g = op.spread + <usize>(oy * op.strideY + 2) * pitch + 8
    for (let left = span; left > 0; left -= 4, p += 16, g += 16) {
      const dy = v128.load(g)
      const q = p + pitch, r = q + pitch
      s0 = f32x4.add(s0, f32x4.mul(dy, v128.load(p)))
      s1 = f32x4.add(s1, f32x4.mul(dy, v128.load(p, 4)))
      s2 = f32x4.add(s2, f32x4.mul(dy, v128.load(p, 8)))
      s3 = f32x4.add(s3, f32x4.mul(dy, v128.load(q)))
      s4 = f32x4.add(s4, f32x4.mul(dy, v128.load(q, 4)))
      s5 = f32x4.add(s5, f32x4.mul(dy, v128.load(q, 8)))
      s6 = f32x4.add(s6, f32x4.mul(dy, v128.load(r)))
      s7 = f32x4.add(s7, f32x4.mul(dy, v128.load(r, 4)))
      s8 = f32x4.add(s8, f32x4.mul(dy, v128.load(r, 8)))
    }
  }
  v128.store(sums, s0)
  v128.store(sums, s1, 16)
  v128.store(sums, s2, 32)
  v128.store(sums, s3, 48)
  v128.store(sums, s4, 64)
  v128.store(sums, s5, 80)
  v128.store(sums, s6, 96)
  v128.store(sums, s7, 112)
  v128.store(sums, s8, 128)
}

/** Slides the turned filter over the spread gradients, and adds to the gradients of x. */
function slideBackward(op: Depthwise, dx: usize, w: usize): void {
  const pitch = (<usize>op.pitch) << 2
  const w0 = v128.load32_splat(w), w1 = v128.load32_splat(w, 4), w2 = v128.load32_splat(w, 8)
  const w3 = v128.load32_splat(w, 12), w4 = v128.load32_splat(w, 16), w5 = v128.load32_splat(w, 20)
  const w6 = v128.load32_splat(w, 24), w7 = v128.load32_splat(w, 28), w8 = v128.load32_splat(w, 32)
  for (let row = 0; row < op.height; row++) {
    let p = op.spread + <usize>(row + op.top) * pitch + ((<usize>op.left) << 2)
    for (let left = op.width; left > 0; left -= 4, p += 16) {
      const q = p + pitch, r = q + pitch
      let upper = f32x4.add(f32x4.mul(w8, v128.load(p)), f32x4.mul(w7, v128.load(p, 4)))
      upper = f32x4.add(upper, f32x4.mul(w6, v128.load(p, 8)))
      let middle = f32x4.add(f32x4.mul(w5, v128.load(q)), f32x4.mul(w4, v128.load(q, 4)))
      middle = f32x4.add(middle, f32x4.mul(w3, v128.load(q, 8)))
      let lower = f32x4.add(f32x4.mul(w2, v128.load(r)), f32x4.mul(w1, v128.load(r, 4)))
      lower = f32x4.add(lower, f32x4.mul(w0, v128.load(r, 8)))
      let sum = f32x4.add(f32x4.add(upper, middle), lower)
      if (left < 4) sum = v128.and(sum, lanesBefore(left))
      v128.store(dx, f32x4.add(v128.load(dx), sum))
      dx += (<usize>min(left, 4)) << 2
    }
  }
}

export function depthwiseBackward(task: usize, batch: i32): void {
  const op = changetype<Depthwise>(task)
  const pitch = (<usize>op.pitch) << 2
  const filters = op.channels * op.multiple
  const corner = op.spread + 2 * pitch + 8
  const positions = op.outHeight * op.outWidth
  memory.fill(op.sums, 0, <usize>filters * 144)
  let x = op.x, dx = op.dx, dy = op.dy
  for (let sample = 0; sample < batch; sample++) {
    let w = op.w, db = op.db, sums = op.sums
    for (let channel = 0; channel < op.channels; channel++) {
      layPadded(op, x)
      for (let i = 0; i < op.multiple; i++, w += 36, sums += 144, dy += (<usize>positions) << 2) {
        spreadRows(corner, <usize>op.strideY * pitch, op.strideX, dy, op.outHeight, op.outWidth)
        correlate(op, sums)
        if (dx) slideBackward(op, dx, w)
        if (!db) continue
        store<f32>(db, load<f32>(db) + <f32>sumOfFloats(dy, positions))
        db += 4
      }
      x += (<usize>(op.height * op.width)) << 2
      if (dx) dx += (<usize>(op.height * op.width)) << 2
    }
  }
  for (let i = 0; i < 9 * filters; i++) {
    const at = op.dw + ((<usize>i) << 2)
    store<f32>(at, load<f32>(at) + <f32>sumOfLanes(v128.load(op.sums + ((<usize>i) << 4))))
  }
}
