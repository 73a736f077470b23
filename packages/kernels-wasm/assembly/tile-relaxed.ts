/**
 * Sums of products, [rows][8] at `sums`: rows of bytes times a panel of int8 [k / 4][8][4]; k is a multiple of 4.
 * What an engine makes of a byte of a row with its top bit set was probed: the rows are flipped and the biases
 * corrected by it. Rows lie `lda` bytes apart. One step of k a turn, and nothing else alive in the loop: more, and
 * TurboFan reads so far ahead that sums are spilled. Full tiles have 5 rows; a rest is made of tiles of 3 and of 1.
 */
export function tileRelaxed(a: usize, lda: usize, b: usize, k: i32, rows: i32, sums: usize): void {
  for (; rows >= 5; rows -= 5, a += 5 * lda, sums += 160) fiveRelaxed(a, lda, b, k, sums)
  if (rows >= 3) {
    threeRelaxed(a, lda, b, k, sums)
    rows -= 3
    a += 3 * lda
    sums += 96
  }
  for (; rows > 0; rows--, a += lda, sums += 32) oneRelaxed(a, b, k, sums)
}

export function fiveRelaxed(a: usize, lda: usize, b: usize, k: i32, sums: usize): void {
  let a0 = a
  let a1 = a + lda
  let a2 = a + 2 * lda
  let a3 = a + 3 * lda
  let a4 = a + 4 * lda
  let low0 = i32x4.splat(0), high0 = i32x4.splat(0)
  let low1 = i32x4.splat(0), high1 = i32x4.splat(0)
  let low2 = i32x4.splat(0), high2 = i32x4.splat(0)
  let low3 = i32x4.splat(0), high3 = i32x4.splat(0)
  let low4 = i32x4.splat(0), high4 = i32x4.splat(0)
  for (const end = b + (<usize>k << 3); b < end; b += 32) {
    const left = v128.load(b), right = v128.load(b, 16)
    let x = v128.load32_splat(a0)
    low0 = i32x4.relaxed_dot_i8x16_i7x16_add_s(left, x, low0)
    high0 = i32x4.relaxed_dot_i8x16_i7x16_add_s(right, x, high0)
    x = v128.load32_splat(a1)
    low1 = i32x4.relaxed_dot_i8x16_i7x16_add_s(left, x, low1)
    high1 = i32x4.relaxed_dot_i8x16_i7x16_add_s(right, x, high1)
    x = v128.load32_splat(a2)
    low2 = i32x4.relaxed_dot_i8x16_i7x16_add_s(left, x, low2)
    high2 = i32x4.relaxed_dot_i8x16_i7x16_add_s(right, x, high2)
    x = v128.load32_splat(a3)
    low3 = i32x4.relaxed_dot_i8x16_i7x16_add_s(left, x, low3)
    high3 = i32x4.relaxed_dot_i8x16_i7x16_add_s(right, x, high3)
    x = v128.load32_splat(a4)
    low4 = i32x4.relaxed_dot_i8x16_i7x16_add_s(left, x, low4)
    high4 = i32x4.relaxed_dot_i8x16_i7x16_add_s(right, x, high4)
    a0 += 4
    a1 += 4
    a2 += 4
    a3 += 4
    a4 += 4
  }
  v128.store(sums, low0, 0)
  v128.store(sums, high0, 16)
  v128.store(sums, low1, 32)
  v128.store(sums, high1, 48)
  v128.store(sums, low2, 64)
  v128.store(sums, high2, 80)
  v128.store(sums, low3, 96)
  v128.store(sums, high3, 112)
  v128.store(sums, low4, 128)
  v128.store(sums, high4, 144)
}

export function threeRelaxed(a: usize, lda: usize, b: usize, k: i32, sums: usize): void {
  let a0 = a
  let a1 = a + lda
  let a2 = a + 2 * lda
  let low0 = i32x4.splat(0), high0 = i32x4.splat(0)
  let low1 = i32x4.splat(0), high1 = i32x4.splat(0)
  let low2 = i32x4.splat(0), high2 = i32x4.splat(0)
  for (const end = b + (<usize>k << 3); b < end; b += 32) {
    const left = v128.load(b), right = v128.load(b, 16)
    let x = v128.load32_splat(a0)
    low0 = i32x4.relaxed_dot_i8x16_i7x16_add_s(left, x, low0)
    high0 = i32x4.relaxed_dot_i8x16_i7x16_add_s(right, x, high0)
    x = v128.load32_splat(a1)
    low1 = i32x4.relaxed_dot_i8x16_i7x16_add_s(left, x, low1)
    high1 = i32x4.relaxed_dot_i8x16_i7x16_add_s(right, x, high1)
    x = v128.load32_splat(a2)
    low2 = i32x4.relaxed_dot_i8x16_i7x16_add_s(left, x, low2)
    high2 = i32x4.relaxed_dot_i8x16_i7x16_add_s(right, x, high2)
    a0 += 4
    a1 += 4
    a2 += 4
  }
  v128.store(sums, low0, 0)
  v128.store(sums, high0, 16)
  v128.store(sums, low1, 32)
  v128.store(sums, high1, 48)
  v128.store(sums, low2, 64)
  v128.store(sums, high2, 80)
}

export function oneRelaxed(a: usize, b: usize, k: i32, sums: usize): void {
  let a0 = a
  let low0 = i32x4.splat(0), high0 = i32x4.splat(0)
  for (const end = b + (<usize>k << 3); b < end; b += 32) {
    const left = v128.load(b), right = v128.load(b, 16)
    let x = v128.load32_splat(a0)
    low0 = i32x4.relaxed_dot_i8x16_i7x16_add_s(left, x, low0)
    high0 = i32x4.relaxed_dot_i8x16_i7x16_add_s(right, x, high0)
    a0 += 4
  }
  v128.store(sums, low0, 0)
  v128.store(sums, high0, 16)
}
