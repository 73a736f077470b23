/** Copies `count` floats and writes none past them: the last four may overlap the four before. */
@inline
export function copyFloats(to: usize, from: usize, count: i32): void {
  if (count < 4) {
    for (let i = 0; i < count; i++) store<f32>(to + (<usize>i << 2), load<f32>(from + (<usize>i << 2)))
    return
  }
  const last = <usize>(count - 4) << 2
  for (let at: usize = 0; at < last; at += 16) v128.store(to + at, v128.load(from + at))
  v128.store(to + last, v128.load(from + last))
}

/** Adds `count` floats to the floats at `to`. */
@inline
export function addFloats(to: usize, from: usize, count: i32): void {
  const whole = <usize>(count & ~3) << 2
  let at: usize = 0
  for (; at < whole; at += 16) v128.store(to + at, f32x4.add(v128.load(to + at), v128.load(from + at)))
  for (const end = <usize>count << 2; at < end; at += 4) store<f32>(to + at, load<f32>(to + at) + load<f32>(from + at))
}

/** Sets `count` floats. */
@inline
export function fillFloats(to: usize, value: f32, count: i32): void {
  const four = f32x4.splat(value)
  const whole = <usize>(count & ~3) << 2
  let at: usize = 0
  for (; at < whole; at += 16) v128.store(to + at, four)
  for (const end = <usize>count << 2; at < end; at += 4) store<f32>(to + at, value)
}

/** A mask of the lanes of a vector before number `count`. */
@inline
export function lanesBefore(count: i32): v128 {
  return i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(count))
}

/** The sum of four lanes. */
@inline
export function sumOfLanes(x: v128): f64 {
  return (
    <f64>f32x4.extract_lane(x, 0) + <f64>f32x4.extract_lane(x, 1) +
    (<f64>f32x4.extract_lane(x, 2) + <f64>f32x4.extract_lane(x, 3))
  )
}

/** The sum of `count` floats: lanes are summed in float32, their total in float64. */
@inline
export function sumOfFloats(from: usize, count: i32): f64 {
  let low = f32x4.splat(0), high = low
  let left = count
  for (; left >= 8; left -= 8, from += 32) {
    low = f32x4.add(low, v128.load(from))
    high = f32x4.add(high, v128.load(from, 16))
  }
  if (left >= 4) {
    low = f32x4.add(low, v128.load(from))
    left -= 4
    from += 16
  }
  if (left > 0) high = f32x4.add(high, v128.and(v128.load(from), lanesBefore(left)))
  return sumOfLanes(f32x4.add(low, high))
}

/** Turns columns of `rows` x `columns` floats, `step` bytes apart row by row, into rows `pitch` bytes apart. */
export function turn(to: usize, pitch: usize, from: usize, step: usize, rows: i32, columns: i32): void {
  let i = 0
  for (; i + 4 <= rows; i += 4) {
    const row = from + <usize>i * step
    const into = to + (<usize>i << 2)
    let j = 0
    for (; j + 4 <= columns; j += 4) {
      const at = row + (<usize>j << 2)
      const a = v128.load(at), b = v128.load(at + step), c = v128.load(at + 2 * step), d = v128.load(at + 3 * step)
      const ab = v128.shuffle<f32>(a, b, 0, 4, 1, 5), cd = v128.shuffle<f32>(c, d, 0, 4, 1, 5)
      const far = v128.shuffle<f32>(a, b, 2, 6, 3, 7), farther = v128.shuffle<f32>(c, d, 2, 6, 3, 7)
      let put = into + <usize>j * pitch
      v128.store(put, v128.shuffle<f32>(ab, cd, 0, 1, 4, 5))
      v128.store((put += pitch), v128.shuffle<f32>(ab, cd, 2, 3, 6, 7))
      v128.store((put += pitch), v128.shuffle<f32>(far, farther, 0, 1, 4, 5))
      v128.store((put += pitch), v128.shuffle<f32>(far, farther, 2, 3, 6, 7))
    }
    for (; j < columns; j++)
      for (let r = 0; r < 4; r++)
        store<f32>(into + <usize>j * pitch + (<usize>r << 2), load<f32>(row + <usize>r * step + (<usize>j << 2)))
  }
  for (; i < rows; i++)
    for (let j = 0; j < columns; j++)
      store<f32>(to + <usize>j * pitch + (<usize>i << 2), load<f32>(from + <usize>i * step + (<usize>j << 2)))
}
