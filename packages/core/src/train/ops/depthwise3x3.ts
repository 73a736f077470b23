import type { Value } from '../operator.ts'
import type { Sliding } from '../window.ts'

/** Handles one filter over the plane of x at `from` and the plane of y at `to`; adds to what it writes. */
export type PlaneLoop = (filter: number, from: number, to: number) => void

/** Forward and backward of one filter over one plane. */
export interface PlaneLoops {
  readonly forward: PlaneLoop
  readonly backward: PlaneLoop
}

/**
 * The loops of a 3x3 filter, unrolled. They work on a copy of the plane with its padding around it, so that no tap
 * needs a check and a position is one expression. Undefined where the window is not 3x3 without dilation.
 */
export function depthwise3x3(x: Value, w: Value, y: Value, s: Sliding): PlaneLoops | undefined {
  if (!s.kernel.every((size) => size === 3) || !s.dilations.every((size) => size === 1)) return undefined
  const { height, width, outHeight, outWidth } = s
  const [stepY, stepX] = s.strides
  const [top, left, bottom, right] = s.pads
  const pitch = left + width + right
  const padded = new Float32Array((top + height + bottom) * pitch)
  const paddedGrad = new Float32Array(padded.length)

  function pad(from: number): void {
    for (let row = 0; row < height; row++) {
      const to = (row + top) * pitch + left
      const source = from + row * width
      for (let i = 0; i < width; i++) padded[to + i] = x.data[source + i]
    }
  }

  return {
    forward(filter, from, to) {
      pad(from)
      const [w0, w1, w2, w3, w4, w5, w6, w7, w8] = w.data.subarray(9 * filter, 9 * filter + 9)
      for (let oy = 0; oy < outHeight; oy++) {
        let a = oy * stepY * pitch
        const end = to + (oy + 1) * outWidth
        for (let at = to + oy * outWidth; at < end; at++, a += stepX) {
          const b = a + pitch
          const c = b + pitch
          y.data[at] +=
            w0 * padded[a] +
            w1 * padded[a + 1] +
            w2 * padded[a + 2] +
            w3 * padded[b] +
            w4 * padded[b + 1] +
            w5 * padded[b + 2] +
            w6 * padded[c] +
            w7 * padded[c + 1] +
            w8 * padded[c + 2]
        }
      }
    },
    backward(filter, from, to) {
      const dy = y.grad!
      if (w.grad !== null) {
        pad(from)
        for (let ky = 0; ky < 3; ky++) {
          let s0 = 0
          let s1 = 0
          let s2 = 0
          for (let oy = 0; oy < outHeight; oy++) {
            let a = (oy * stepY + ky) * pitch
            const end = to + (oy + 1) * outWidth
            for (let at = to + oy * outWidth; at < end; at++, a += stepX) {
              const g = dy[at]
              s0 += g * padded[a]
              s1 += g * padded[a + 1]
              s2 += g * padded[a + 2]
            }
          }
          const row = 9 * filter + 3 * ky
          w.grad[row] += s0
          w.grad[row + 1] += s1
          w.grad[row + 2] += s2
        }
      }
      if (x.grad === null) return
      paddedGrad.fill(0)
      const [w0, w1, w2, w3, w4, w5, w6, w7, w8] = w.data.subarray(9 * filter, 9 * filter + 9)
      for (let oy = 0; oy < outHeight; oy++) {
        let a = oy * stepY * pitch
        const end = to + (oy + 1) * outWidth
        for (let at = to + oy * outWidth; at < end; at++, a += stepX) {
          const g = dy[at]
          const b = a + pitch
          const c = b + pitch
          paddedGrad[a] += w0 * g
          paddedGrad[a + 1] += w1 * g
          paddedGrad[a + 2] += w2 * g
          paddedGrad[b] += w3 * g
          paddedGrad[b + 1] += w4 * g
          paddedGrad[b + 2] += w5 * g
          paddedGrad[c] += w6 * g
          paddedGrad[c + 1] += w7 * g
          paddedGrad[c + 2] += w8 * g
        }
      }
      for (let row = 0; row < height; row++) {
        const source = (row + top) * pitch + left
        const target = from + row * width
        for (let i = 0; i < width; i++) x.grad[target + i] += paddedGrad[source + i]
      }
    },
  }
}
