import type { Shape } from '@octet/core'

/** [N,C,H,W] to [N,H,W,C]. */
export function channelsLast(data: Float32Array, [n, c, h, w]: Shape): Float32Array {
  return turned(data, n, c, h * w)
}

/** [N,H,W,C] to [N,C,H,W], with the given sizes. */
export function channelsFirst(data: Float32Array, [n, c, h, w]: Shape): Float32Array {
  return turned(data, n, h * w, c)
}

/** Transposes each of `count` matrices. */
function turned(data: Float32Array, count: number, rows: number, columns: number): Float32Array {
  const moved = new Float32Array(data.length)
  for (let from = 0; from < count * rows * columns; from += rows * columns)
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < columns; column++)
        moved[from + column * rows + row] = data[from + row * columns + column]
  return moved
}
