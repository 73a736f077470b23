import { sumOfFloats } from './lane'

/**
 * The maximum of each 2 x 2 window of every plane, without overlap. NaN stays NaN. Odd rows and columns at the end are
 * not read.
 */
export function maxPairsForward(y: usize, x: usize, planes: i32, height: i32, width: i32): void {
  const row = <usize>width << 2
  for (let plane = 0; plane < planes; plane++, x += <usize>height * row) {
    for (let oy = 0; oy < height >> 1; oy++) {
      let top = x + <usize>(2 * oy) * row
      let left = width >> 1
      for (; left >= 4; left -= 4, top += 32, y += 16) {
        const low = f32x4.max(v128.load(top), v128.load(top + row))
        const high = f32x4.max(v128.load(top, 16), v128.load(top + row, 16))
        v128.store(y, f32x4.max(v128.shuffle<f32>(low, high, 0, 2, 4, 6), v128.shuffle<f32>(low, high, 1, 3, 5, 7)))
      }
      for (; left > 0; left--, top += 8, y += 4)
        store<f32>(y, max(max(load<f32>(top), load<f32>(top, 4)), max(load<f32>(top + row), load<f32>(top + row, 4))))
    }
  }
}

/** Adds dy to the first element of each window that equals y, row by row. */
export function maxPairsBackward(dx: usize, dy: usize, x: usize, y: usize, planes: i32, height: i32, width: i32): void {
  const row = <usize>width << 2
  for (let plane = 0; plane < planes; plane++, x += <usize>height * row, dx += <usize>height * row) {
    for (let oy = 0; oy < height >> 1; oy++) {
      let at = <usize>(2 * oy) * row
      let left = width >> 1
      for (; left >= 4; left -= 4, at += 32, y += 16, dy += 16) {
        const most = v128.load(y), g = v128.load(dy)
        const low = v128.load(x + at), high = v128.load(x + at, 16)
        const under = v128.load(x + at + row), underHigh = v128.load(x + at + row, 16)
        const a = f32x4.eq(v128.shuffle<f32>(low, high, 0, 2, 4, 6), most)
        let taken = a
        const b = v128.andnot(f32x4.eq(v128.shuffle<f32>(low, high, 1, 3, 5, 7), most), taken)
        taken = v128.or(taken, b)
        const c = v128.andnot(f32x4.eq(v128.shuffle<f32>(under, underHigh, 0, 2, 4, 6), most), taken)
        taken = v128.or(taken, c)
        const d = v128.andnot(f32x4.eq(v128.shuffle<f32>(under, underHigh, 1, 3, 5, 7), most), taken)
        addPairs(dx + at, v128.and(a, g), v128.and(b, g))
        addPairs(dx + at + row, v128.and(c, g), v128.and(d, g))
      }
      for (; left > 0; left--, at += 8, y += 4, dy += 4) {
        const most = load<f32>(y)
        let to = dx + at
        if (load<f32>(x + at) != most) {
          if (load<f32>(x + at, 4) == most) to += 4
          else to += load<f32>(x + at + row) == most ? row : row + 4
        }
        store<f32>(to, load<f32>(to) + load<f32>(dy))
      }
    }
  }
}

/** Adds a0 b0 a1 b1 a2 b2 a3 b3. */
@inline
function addPairs(to: usize, a: v128, b: v128): void {
  v128.store(to, f32x4.add(v128.load(to), v128.shuffle<f32>(a, b, 0, 4, 1, 5)))
  v128.store(to, f32x4.add(v128.load(to, 16), v128.shuffle<f32>(a, b, 2, 6, 3, 7)), 16)
}

/** The mean of each plane. */
export function meanForward(y: usize, x: usize, planes: i32, plane: i32): void {
  for (let i = 0; i < planes; i++, x += <usize>plane << 2, y += 4)
    store<f32>(y, <f32>(sumOfFloats(x, plane) / <f64>plane))
}

/** Adds to each element its share of the gradient of its plane's mean. */
export function meanBackward(dx: usize, dy: usize, planes: i32, plane: i32): void {
  for (let i = 0; i < planes; i++, dy += 4) {
    const share = load<f32>(dy) / <f32>plane
    const four = f32x4.splat(share)
    let left = plane
    for (; left >= 4; left -= 4, dx += 16) v128.store(dx, f32x4.add(v128.load(dx), four))
    for (; left > 0; left--, dx += 4) store<f32>(dx, load<f32>(dx) + share)
  }
}
