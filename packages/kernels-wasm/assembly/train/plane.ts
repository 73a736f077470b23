import { copyFloats } from './lane'

/** Copies rows of a plane, `width` floats each, to rows `pitch` bytes apart. */
export function layPlane(to: usize, pitch: usize, from: usize, rows: i32, width: i32): void {
  for (let row = 0; row < rows; row++, to += pitch, from += <usize>width << 2) copyFloats(to, from, width)
}

/** The same, with `stepX` elements from one float to the next. */
export function spreadRows(to: usize, pitch: usize, stepX: i32, from: usize, rows: i32, width: i32): void {
  if (stepX == 1) return layPlane(to, pitch, from, rows, width)
  for (let row = 0; row < rows; row++, to += pitch)
    for (let x = 0, at = to; x < width; x++, at += <usize>stepX << 2, from += 4) store<f32>(at, load<f32>(from))
}

/** Four floats from `at` on, one or two elements apart. */
@inline
export function fourApart(at: usize, two: bool): v128 {
  return two ? v128.shuffle<f32>(v128.load(at), v128.load(at, 16), 0, 2, 4, 6) : v128.load(at)
}
