import type { Shape } from '@octet/core'

/** [N,C,H,W] to [N,H,W,C]. */
export function channelsLast(data: Float32Array, [n, c, h, w]: Shape): Float32Array {
  const moved = new Float32Array(data.length)
  for (let image = 0; image < n; image++)
    for (let channel = 0; channel < c; channel++)
      for (let pixel = 0; pixel < h * w; pixel++)
        moved[(image * h * w + pixel) * c + channel] = data[(image * c + channel) * h * w + pixel]
  return moved
}

/** [N,H,W,C] to [N,C,H,W], whose sizes are given. */
export function channelsFirst(data: Float32Array, [n, c, h, w]: Shape): Float32Array {
  const moved = new Float32Array(data.length)
  for (let image = 0; image < n; image++)
    for (let channel = 0; channel < c; channel++)
      for (let pixel = 0; pixel < h * w; pixel++)
        moved[(image * c + channel) * h * w + pixel] = data[(image * h * w + pixel) * c + channel]
  return moved
}
