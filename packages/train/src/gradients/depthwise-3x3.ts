import type { Value } from '@octet/core/training'
import { addNine, nine } from './taps.ts'
import { inside, type Sliding } from './window.ts'

/** Processes one filter over the plane of x at `from` and the plane of y at `to`. It adds to its target. */
export type PlaneLoop = (filter: number, from: number, to: number) => void

/** The forward and backward loops of one filter over one plane. */
export interface PlaneLoops {
  readonly forward: PlaneLoop
  readonly backward: PlaneLoop
}

/**
 * The unrolled loops of a 3x3 filter. They work on a padded float64 copy of the plane, so that no tap needs a check and
 * a position is one expression. For the gradient of x, the turned filter slides over the gradient of y, which is padded
 * and spread by the strides: each element is then written once. Undefined unless the window is 3x3 without dilation.
 */
export function depthwise3x3(x: Value, w: Value, y: Value, s: Sliding): PlaneLoops | undefined {
  if (!s.kernel.every((size) => size === 3) || !s.dilations.every((size) => size === 1)) return undefined
  const { height, width, outHeight, outWidth } = s
  const [stepY, stepX] = s.strides
  const [top, left, bottom, right] = s.pads
  const pitch = left + width + right
  const padded = new Float64Array((top + height + bottom) * pitch)
  /** Elements between the spread positions stay 0. */
  const spread = new Float64Array((height + 2) * (width + 2))
  const filter = new Float64Array(9)
  const turned = new Float64Array(9)
  const byOne = stepY === 1 && stepX === 1

  // Gradients of y whose windows lie in the padding only are left out.
  const [firstY, endY] = inside(2 - top, stepY, height + 2, outHeight)
  const [firstX, endX] = inside(2 - left, stepX, width + 2, outWidth)
  const corner = top * pitch + left
  const spreadCorner = (firstY * stepY + 2 - top) * (width + 2) + firstX * stepX + 2 - left
  const outCorner = firstY * outWidth + firstX

  return {
    forward(number, from, to) {
      lay(padded, corner, pitch, 1, x.data, from, width, height, width)
      for (let i = 0; i < 9; i++) filter[i] = w.data[9 * number + i]
      if (byOne) slide(y.data, to, outHeight, outWidth, filter, padded, pitch)
      else stride(y.data, to, outHeight, outWidth, filter, padded, pitch, stepY, stepX)
    },
    backward(number, from, to) {
      const dy = y.grad!
      if (w.grad !== null) {
        lay(padded, corner, pitch, 1, x.data, from, width, height, width)
        correlate(w.grad, 9 * number, dy, to, outHeight, outWidth, padded, pitch, stepY, stepX)
      }
      if (x.grad === null) return
      const rowStep = stepY * (width + 2)
      lay(spread, spreadCorner, rowStep, stepX, dy, to + outCorner, outWidth, endY - firstY, endX - firstX)
      for (let i = 0; i < 9; i++) turned[8 - i] = w.data[9 * number + i]
      slide(x.grad, from, height, width, turned, spread, width + 2)
    },
  }
}

/** Copies `rows` x `columns` elements, starting at `from` with rows `pitch` apart, to positions with other strides. */
function lay(
  target: Float64Array,
  to: number,
  rowStep: number,
  columnStep: number,
  source: Float32Array,
  from: number,
  pitch: number,
  rows: number,
  columns: number,
): void {
  for (let row = 0; row < rows; row++) {
    let at = to + row * rowStep
    let read = from + row * pitch
    for (const end = read + columns; read < end; read++, at += columnStep) target[at] = source[read]
  }
}

/**
 * Adds the filter's sums over x to the `rows` x `columns` elements of y from `to`. It reads each column of a window
 * once.
 */
function slide(
  y: Float32Array,
  to: number,
  rows: number,
  columns: number,
  w: Float64Array,
  x: Float64Array,
  pitch: number,
): void {
  const [w0, w1, w2, w3, w4, w5, w6, w7, w8] = nine(w)
  for (let row = 0, at = to; row < rows; row++) {
    let p = row * pitch
    let q = p + pitch
    let r = q + pitch
    let a0 = x[p]
    let a1 = x[p + 1]
    let b0 = x[q]
    let b1 = x[q + 1]
    let c0 = x[r]
    let c1 = x[r + 1]
    for (const end = at + columns; at < end; at++, p++, q++, r++) {
      const a2 = x[p + 2]
      const b2 = x[q + 2]
      const c2 = x[r + 2]
      y[at] += w0 * a0 + w1 * a1 + w2 * a2 + (w3 * b0 + w4 * b1 + w5 * b2) + (w6 * c0 + w7 * c1 + w8 * c2)
      a0 = a1
      a1 = a2
      b0 = b1
      b1 = b2
      c0 = c1
      c1 = c2
    }
  }
}

/** The same for windows with a stride of more than one. */
function stride(
  y: Float32Array,
  to: number,
  rows: number,
  columns: number,
  w: Float64Array,
  x: Float64Array,
  pitch: number,
  stepY: number,
  stepX: number,
): void {
  const [w0, w1, w2, w3, w4, w5, w6, w7, w8] = nine(w)
  for (let row = 0, at = to; row < rows; row++) {
    let p = row * stepY * pitch
    for (const end = at + columns; at < end; at++, p += stepX) {
      const q = p + pitch
      const r = q + pitch
      y[at] +=
        w0 * x[p] +
        w1 * x[p + 1] +
        w2 * x[p + 2] +
        (w3 * x[q] + w4 * x[q + 1] + w5 * x[q + 2]) +
        (w6 * x[r] + w7 * x[r + 1] + w8 * x[r + 2])
    }
  }
}

/** Adds to the nine gradients of a filter from `first`: for each tap, the sum of dy times the value under the tap. */
function correlate(
  dw: Float32Array,
  first: number,
  dy: Float32Array,
  from: number,
  rows: number,
  columns: number,
  x: Float64Array,
  pitch: number,
  stepY: number,
  stepX: number,
): void {
  let [s0, s1, s2, s3, s4, s5, s6, s7, s8] = [0, 0, 0, 0, 0, 0, 0, 0, 0]
  for (let row = 0, at = from; row < rows; row++) {
    let p = row * stepY * pitch
    for (const end = at + columns; at < end; at++, p += stepX) {
      const g = dy[at]
      const q = p + pitch
      const r = q + pitch
      s0 += g * x[p]
      s1 += g * x[p + 1]
      s2 += g * x[p + 2]
      s3 += g * x[q]
      s4 += g * x[q + 1]
      s5 += g * x[q + 2]
      s6 += g * x[r]
      s7 += g * x[r + 1]
      s8 += g * x[r + 2]
    }
  }
  addNine(dw, first, [s0, s1, s2, s3, s4, s5, s6, s7, s8])
}
