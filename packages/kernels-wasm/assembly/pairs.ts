/** Adds pairs times four channels' weights. */
@inline
export function addDot(sum: v128, pairs: v128, weights: v128): v128 {
  return i32x4.add(sum, i32x4.dot_i16x8_s(pairs, weights))
}

@inline
export function lowPairs(a: v128, b: v128): v128 {
  return i16x8.shuffle(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
}

@inline
export function highPairs(a: v128, b: v128): v128 {
  return i16x8.shuffle(a, b, 4, 12, 5, 13, 6, 14, 7, 15)
}
