/** The inverse of 9 modulo 2^32. */
const NINTH: i32 = 0x38e38e39

/**
 * Transforms 36 points, `apart` bytes apart and column by column, into one patch of 4x4 outputs and 8 columns, [16][8]
 * at `sums`. `room` is for 24 vectors. Both axes yield 576, 288 or 144 times a sum modulo 2^32. A ninth of that, or of
 * its double or fourfold, is 64 times the sum; the host has checked that this fits.
 */
export function transformSums(points: usize, apart: usize, sums: usize, room: usize): void {
  for (const end = points + 32; points < end; points += 16, sums += 16) {
    let at = points
    for (let j: usize = 0; j < 96; j += 16) {
      const m0 = v128.load(at)
      at += apart
      const m1 = v128.load(at)
      at += apart
      const m2 = v128.load(at)
      at += apart
      const m3 = v128.load(at)
      at += apart
      const m4 = v128.load(at)
      at += apart
      const m5 = v128.load(at)
      at += apart
      const sum = i32x4.add(m1, m2), difference = i32x4.sub(m1, m2)
      const farSum = i32x4.add(m3, m4), farDifference = i32x4.sub(m3, m4)
      const to = room + j
      v128.store(to, first(m0, sum, farSum))
      v128.store(to, second(difference, farDifference), 96)
      v128.store(to, third(sum, farSum), 192)
      v128.store(to, fourth(m5, difference, farDifference), 288)
    }
    let to = sums
    let factor = NINTH
    for (let i: usize = 0; i < 384; i += 96, to += 128) {
      const from = room + i
      const m1 = v128.load(from, 16), m2 = v128.load(from, 32), m3 = v128.load(from, 48), m4 = v128.load(from, 64)
      const sum = i32x4.add(m1, m2), difference = i32x4.sub(m1, m2)
      const farSum = i32x4.add(m3, m4), farDifference = i32x4.sub(m3, m4)
      v128.store(to, settle(first(v128.load(from), sum, farSum), factor))
      v128.store(to, settle(second(difference, farDifference), factor << 1), 32)
      v128.store(to, settle(third(sum, farSum), factor << 1), 64)
      v128.store(to, settle(fourth(v128.load(from, 80), difference, farDifference), factor << 1), 96)
      factor = NINTH << 1
    }
  }
}

/**
 * Rows of A^T, for weights scaled as in src/ops/winograd.ts: 24 times for the first output, 12 times for each of the
 * others.
 */
@inline
function first(m0: v128, sum: v128, farSum: v128): v128 {
  return i32x4.add(i32x4.add(m0, farSum), i32x4.add(sum, sum))
}

@inline
function second(difference: v128, farDifference: v128): v128 {
  return i32x4.add(difference, farDifference)
}

@inline
function third(sum: v128, farSum: v128): v128 {
  return i32x4.add(sum, i32x4.add(farSum, farSum))
}

@inline
function fourth(m5: v128, difference: v128, farDifference: v128): v128 {
  const half = i32x4.add(m5, i32x4.add(farDifference, farDifference))
  return i32x4.add(difference, i32x4.add(half, half))
}

@inline
function settle(scaled: v128, factor: i32): v128 {
  return i32x4.shr_s(i32x4.mul(scaled, i32x4.splat(factor)), 6)
}
