import { inside, type Sliding } from './window.ts'

/**
 * Unfolds `channels` planes from `offset` into `columns` [channels * kH * kW, outHeight * outWidth]; padding reads 0.
 */
export function im2col(
  columns: Float32Array,
  image: Float32Array,
  offset: number,
  channels: number,
  s: Sliding,
): void {
  const { width, outHeight, outWidth } = s
  const [stepY, stepX] = s.strides
  let row = 0
  for (let channel = 0; channel < channels; channel++) {
    const plane = offset + channel * s.height * width
    for (let ky = 0; ky < s.kernel[0]; ky++) {
      const startY = ky * s.dilations[0] - s.pads[0]
      const [firstY, endY] = inside(startY, stepY, s.height, outHeight)
      for (let kx = 0; kx < s.kernel[1]; kx++) {
        const startX = kx * s.dilations[1] - s.pads[1]
        const [firstX, endX] = inside(startX, stepX, width, outWidth)
        const whole = firstX === 0 && endX === outWidth && firstY === 0 && endY === outHeight
        if (!whole) columns.fill(0, row, row + outHeight * outWidth)
        for (let y = firstY; y < endY; y++) {
          const to = row + y * outWidth
          let from = plane + (y * stepY + startY) * width + firstX * stepX + startX
          for (let x = firstX; x < endX; x++, from += stepX) columns[to + x] = image[from]
        }
        row += outHeight * outWidth
      }
    }
  }
}

/** The adjoint of `im2col`: adds the gradient of every column to the elements that it was read from. */
export function col2im(
  image: Float32Array,
  offset: number,
  columns: Float32Array,
  channels: number,
  s: Sliding,
): void {
  const { width, outHeight, outWidth } = s
  const [stepY, stepX] = s.strides
  let row = 0
  for (let channel = 0; channel < channels; channel++) {
    const plane = offset + channel * s.height * width
    for (let ky = 0; ky < s.kernel[0]; ky++) {
      const startY = ky * s.dilations[0] - s.pads[0]
      const [firstY, endY] = inside(startY, stepY, s.height, outHeight)
      for (let kx = 0; kx < s.kernel[1]; kx++) {
        const startX = kx * s.dilations[1] - s.pads[1]
        const [firstX, endX] = inside(startX, stepX, width, outWidth)
        for (let y = firstY; y < endY; y++) {
          const from = row + y * outWidth
          let to = plane + (y * stepY + startY) * width + firstX * stepX + startX
          for (let x = firstX; x < endX; x++, to += stepX) image[to] += columns[from + x]
        }
        row += outHeight * outWidth
      }
    }
  }
}
