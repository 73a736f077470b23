import { landings, type Sliding } from './window.ts'

/** Unfolds windows over planes into columns [channels * kH * kW, outHeight * outWidth]. Padding reads 0. */
export class Unfolding {
  /**
   * The stretches of one channel that lie inside its plane, as three numbers each: the first element in the columns,
   * the first element in the plane, and the length.
   */
  readonly #stretches: Int32Array
  /** The number of elements of one channel in the columns. */
  readonly #size: number
  readonly #sliding: Sliding

  constructor(s: Sliding) {
    const stretches: number[] = []
    const [stepY, stepX] = s.strides
    for (const [tap, { startY, startX, firstY, endY, firstX, endX }] of landings(s).entries())
      for (let y = firstY; y < endY; y++) {
        const from = (y * stepY + startY) * s.width + firstX * stepX + startX
        stretches.push((tap * s.outHeight + y) * s.outWidth + firstX, from, endX - firstX)
      }
    this.#stretches = Int32Array.from(stretches)
    this.#size = s.kernel[0] * s.kernel[1] * s.outHeight * s.outWidth
    this.#sliding = s
  }

  /** Copies `channels` planes from `offset` into columns. */
  unfold(columns: Float32Array, image: Float32Array, offset: number, channels: number): void {
    const { height, width, strides, pads } = this.#sliding
    const stretches = this.#stretches
    const step = strides[1]
    if (pads.some((size) => size > 0)) columns.fill(0)
    for (let channel = 0; channel < channels; channel++)
      for (let i = 0; i < stretches.length; i += 3) {
        let to = channel * this.#size + stretches[i]
        let from = offset + channel * height * width + stretches[i + 1]
        for (const end = to + stretches[i + 2]; to < end; to++, from += step) columns[to] = image[from]
      }
  }

  /** The adjoint of `unfold`: adds the gradient of every column to the element from which it was read. */
  fold(image: Float32Array, offset: number, columns: Float32Array, channels: number): void {
    const { height, width, strides } = this.#sliding
    const stretches = this.#stretches
    const step = strides[1]
    for (let channel = 0; channel < channels; channel++)
      for (let i = 0; i < stretches.length; i += 3) {
        let from = channel * this.#size + stretches[i]
        let to = offset + channel * height * width + stretches[i + 1]
        for (const end = from + stretches[i + 2]; from < end; from++, to += step) image[to] += columns[from]
      }
  }
}
