import { addNine, nine } from './taps.ts'
import type { Sliding } from './window.ts'

/** The size of a 3x3 Conv with one group: `channels` input planes and `filters` output planes. */
export interface Planes {
  readonly channels: number
  readonly filters: number
}

/** If a larger share of gradients is not 0, products over the unfolded image are faster than visiting each gradient. */
const SPARSE = 0.4

/**
 * The loops of a 3x3 Conv without dilation over one sample and group. They work on a padded float64 copy of the planes,
 * so that no tap needs a check. Sums are in float64 and rounded once. The backward step visits only gradients that are
 * not 0; behind MaxPool and Relu, most are 0.
 */
export class Conv3x3 {
  readonly #planes: Planes
  readonly #sliding: Sliding
  readonly #pitch: number
  /** The number of elements in one padded plane. */
  readonly #area: number
  readonly #padded: Float64Array
  readonly #paddedGrad: Float64Array
  readonly #sums: Float64Array
  /** The gradients that are not 0, and the positions in a padded plane where their windows begin. */
  readonly #errors: Float64Array
  readonly #origins: Int32Array

  static fits({ kernel, dilations }: Sliding): boolean {
    return kernel.every((size) => size === 3) && dilations.every((size) => size === 1)
  }

  constructor(planes: Planes, sliding: Sliding) {
    const { height, width, pads, outHeight, outWidth } = sliding
    this.#planes = planes
    this.#sliding = sliding
    this.#pitch = pads[1] + width + pads[3]
    this.#area = (pads[0] + height + pads[2]) * this.#pitch
    this.#padded = new Float64Array(planes.channels * this.#area)
    this.#paddedGrad = new Float64Array(planes.channels * this.#area)
    this.#sums = new Float64Array(2 * outHeight * outWidth)
    this.#errors = new Float64Array(outHeight * outWidth)
    this.#origins = new Int32Array(outHeight * outWidth)
  }

  /** Whether the loops cover the forward step: only with windows of stride 1. */
  get steps(): boolean {
    return this.#sliding.strides.every((size) => size === 1)
  }

  /** Computes y = b + w * x, for planes of x from `from`, planes of y from `to` and filters from number `first`. */
  forward(
    x: Float32Array,
    from: number,
    w: Float32Array,
    b: Float32Array | undefined,
    y: Float32Array,
    to: number,
    first: number,
  ): void {
    const { channels, filters } = this.#planes
    const { outHeight, outWidth } = this.#sliding
    const positions = outHeight * outWidth
    this.#pad(x, from)
    const sums = this.#sums
    for (let m = 0; m < filters; m += 2) {
      // A last filter without a partner is computed twice, and its second sums are not read.
      const next = m + 1 < filters ? 1 : 0
      sums.fill(b === undefined ? 0 : b[first + m], 0, positions)
      sums.fill(b === undefined ? 0 : b[first + m + next], positions)
      for (let c = 0; c < channels; c++) {
        const at = ((first + m) * channels + c) * 9
        this.#slideTwo(c * this.#area, w, at, at + next * channels * 9)
      }
      const target = to + m * positions
      const end = (1 + next) * positions
      for (let i = 0; i < end; i++) y[target + i] = sums[i]
    }
  }

  /**
   * Adds to the gradients of x, if it has any, and of w.
   * @returns false without adding anything if too few gradients of y are 0 to make it worthwhile.
   */
  backward(
    x: Float32Array,
    dx: Float32Array | null,
    from: number,
    w: Float32Array,
    dw: Float32Array | null,
    dy: Float32Array,
    to: number,
    first: number,
  ): boolean {
    const { channels, filters } = this.#planes
    const positions = this.#sliding.outHeight * this.#sliding.outWidth
    let nonZero = 0
    for (let i = to; i < to + filters * positions; i++) nonZero += Number(dy[i] !== 0)
    if (nonZero > SPARSE * filters * positions) return false
    if (dw !== null) this.#pad(x, from)
    if (dx !== null) this.#paddedGrad.fill(0)
    for (let m = 0; m < filters; m++) {
      const count = this.#collect(dy, to + m * positions)
      for (let c = 0; c < channels; c++) {
        const at = ((first + m) * channels + c) * 9
        if (dw !== null) this.#byWeights(c * this.#area, dw, at, count)
        if (dx !== null) this.#byInput(c * this.#area, w, at, count)
      }
    }
    if (dx !== null) this.#unpad(dx, from)
    return true
  }

  #pad(x: Float32Array, from: number): void {
    const { height, width, pads } = this.#sliding
    const padded = this.#padded
    for (let c = 0, source = from; c < this.#planes.channels; c++)
      for (let row = 0; row < height; row++, source += width) {
        const to = c * this.#area + (row + pads[0]) * this.#pitch + pads[1]
        for (let i = 0; i < width; i++) padded[to + i] = x[source + i]
      }
  }

  #unpad(dx: Float32Array, from: number): void {
    const { height, width, pads } = this.#sliding
    const grad = this.#paddedGrad
    for (let c = 0, target = from; c < this.#planes.channels; c++)
      for (let row = 0; row < height; row++, target += width) {
        const source = c * this.#area + (row + pads[0]) * this.#pitch + pads[1]
        for (let i = 0; i < width; i++) dx[target + i] += grad[source + i]
      }
  }

  /** Lists a plane's gradients that are not 0, and returns their number. */
  #collect(dy: Float32Array, to: number): number {
    const { outHeight, outWidth, strides } = this.#sliding
    const errors = this.#errors
    const origins = this.#origins
    let count = 0
    for (let oy = 0; oy < outHeight; oy++) {
      let origin = oy * strides[0] * this.#pitch
      const end = to + (oy + 1) * outWidth
      for (let at = to + oy * outWidth; at < end; at++, origin += strides[1]) {
        const error = dy[at]
        errors[count] = error
        origins[count] = origin
        count += Number(error !== 0)
      }
    }
    return count
  }

  #byWeights(plane: number, dw: Float32Array, at: number, count: number): void {
    const x = this.#padded
    const errors = this.#errors
    const origins = this.#origins
    const pitch = this.#pitch
    let [s0, s1, s2, s3, s4, s5, s6, s7, s8] = [0, 0, 0, 0, 0, 0, 0, 0, 0]
    for (let i = 0; i < count; i++) {
      const g = errors[i]
      const p = plane + origins[i]
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
    addNine(dw, at, [s0, s1, s2, s3, s4, s5, s6, s7, s8])
  }

  #byInput(plane: number, w: Float32Array, at: number, count: number): void {
    const dx = this.#paddedGrad
    const errors = this.#errors
    const origins = this.#origins
    const pitch = this.#pitch
    const [w0, w1, w2, w3, w4, w5, w6, w7, w8] = nine(w, at)
    for (let i = 0; i < count; i++) {
      const g = errors[i]
      const p = plane + origins[i]
      const q = p + pitch
      const r = q + pitch
      dx[p] += g * w0
      dx[p + 1] += g * w1
      dx[p + 2] += g * w2
      dx[q] += g * w3
      dx[q + 1] += g * w4
      dx[q + 2] += g * w5
      dx[r] += g * w6
      dx[r + 1] += g * w7
      dx[r + 2] += g * w8
    }
  }

  /**
   * Slides two filters, with nine taps each from `at` and `other`, over a padded plane. It reads each column of a
   * window once.
   */
  #slideTwo(plane: number, w: Float32Array, at: number, other: number): void {
    const { outHeight, outWidth } = this.#sliding
    const x = this.#padded
    const sums = this.#sums
    const pitch = this.#pitch
    const positions = outHeight * outWidth
    const [u0, u1, u2, u3, u4, u5, u6, u7, u8] = nine(w, at)
    const [v0, v1, v2, v3, v4, v5, v6, v7, v8] = nine(w, other)
    for (let oy = 0; oy < outHeight; oy++) {
      let p = plane + oy * pitch
      let q = p + pitch
      let r = q + pitch
      let a0 = x[p]
      let a1 = x[p + 1]
      let b0 = x[q]
      let b1 = x[q + 1]
      let c0 = x[r]
      let c1 = x[r + 1]
      const end = (oy + 1) * outWidth
      for (let i = oy * outWidth; i < end; i++, p++, q++, r++) {
        const a2 = x[p + 2]
        const b2 = x[q + 2]
        const c2 = x[r + 2]
        sums[i] += u0 * a0 + u1 * a1 + u2 * a2 + (u3 * b0 + u4 * b1 + u5 * b2) + (u6 * c0 + u7 * c1 + u8 * c2)
        sums[positions + i] +=
          v0 * a0 + v1 * a1 + v2 * a2 + (v3 * b0 + v4 * b1 + v5 * b2) + (v6 * c0 + v7 * c1 + v8 * c2)
        a0 = a1
        a1 = a2
        b0 = b1
        b1 = b2
        c0 = c1
        c1 = c2
      }
    }
  }
}
