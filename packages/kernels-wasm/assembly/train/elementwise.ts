import { addFloats } from './lane'

/** y = max(lo, min(x, hi)). NaN stays NaN. */
export function holdForward(y: usize, x: usize, count: i32, lo: f32, hi: f32): void {
  const low = f32x4.splat(lo), high = f32x4.splat(hi)
  let left = count
  for (; left >= 4; left -= 4, x += 16, y += 16) v128.store(y, f32x4.max(low, f32x4.min(v128.load(x), high)))
  for (; left > 0; left--, x += 4, y += 4) store<f32>(y, max(lo, min(load<f32>(x), hi)))
}

/** dx += dy where lo < y < hi. */
export function holdBackward(dx: usize, dy: usize, y: usize, count: i32, lo: f32, hi: f32): void {
  const low = f32x4.splat(lo), high = f32x4.splat(hi)
  let left = count
  for (; left >= 4; left -= 4, dx += 16, dy += 16, y += 16) {
    const held = v128.load(y)
    const passes = v128.and(f32x4.gt(held, low), f32x4.lt(held, high))
    v128.store(dx, f32x4.add(v128.load(dx), v128.and(v128.load(dy), passes)))
  }
  for (; left > 0; left--, dx += 4, dy += 4, y += 4) {
    const held = load<f32>(y)
    if (held > lo && held < hi) store<f32>(dx, load<f32>(dx) + load<f32>(dy))
  }
}

/** y = a + b. */
export function sumTwo(y: usize, a: usize, b: usize, count: i32): void {
  let left = count
  for (; left >= 4; left -= 4, a += 16, b += 16, y += 16) v128.store(y, f32x4.add(v128.load(a), v128.load(b)))
  for (; left > 0; left--, a += 4, b += 4, y += 4) store<f32>(y, load<f32>(a) + load<f32>(b))
}

/** Copies x to y. */
export function copyAll(y: usize, x: usize, count: i32): void {
  memory.copy(y, x, (<usize>count) << 2)
}

/** Adds x to y. */
export function addAll(y: usize, x: usize, count: i32): void {
  addFloats(y, x, count)
}

/** Adds each of `count` floats, times beta, to its column of `rows` rows. */
export function addRow(y: usize, x: usize, rows: i32, count: i32, beta: f32): void {
  const factor = f32x4.splat(beta)
  for (let row = 0; row < rows; row++) {
    let j = 0
    for (; j + 4 <= count; j += 4, y += 16)
      v128.store(y, f32x4.add(v128.load(y), f32x4.mul(factor, v128.load(x + ((<usize>j) << 2)))))
    for (; j < count; j++, y += 4) store<f32>(y, load<f32>(y) + beta * load<f32>(x + ((<usize>j) << 2)))
  }
}

/** The adjoint of `addRow`: adds the sum of each column, times beta. */
export function addColumnSums(x: usize, y: usize, rows: i32, count: i32, beta: f32): void {
  const factor = f32x4.splat(beta)
  for (let row = 0; row < rows; row++) {
    let j = 0
    for (; j + 4 <= count; j += 4, y += 16) {
      const to = x + ((<usize>j) << 2)
      v128.store(to, f32x4.add(v128.load(to), f32x4.mul(factor, v128.load(y))))
    }
    for (; j < count; j++, y += 4) {
      const to = x + ((<usize>j) << 2)
      store<f32>(to, load<f32>(to) + beta * load<f32>(y))
    }
  }
}
