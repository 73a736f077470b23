import { multiplyAdd } from './multiply-add'

/**
 * Sums of products, [rows][8] at `sums`: rows, `lda` bytes apart, times a panel of weights. T is the stored type of a
 * weight, and one instruction adds 4 / sizeof(T) products in each column:
 * - f64: panel [k][4], and sums [rows][4] of numbers of 8 bytes. Products of float32 are exact, and sums are in the
 *   order of k.
 * - f32: panel [k][8]. Products and sums are rounded separately, in the order of k, so every engine gives the same
 *   bits; fused kernels round a product and its sum once.
 * - i16: `dot_i16x8_s` of rows of int16 and a panel [k / 2][8][2]; k is even.
 * - i8: a relaxed dot product of rows of bytes and a panel [k / 4][8][4]; k is a multiple of 4. The host probes how an
 *   engine reads a byte of a row with its top bit set, and then flips the rows and corrects the biases.
 *
 * Full tiles have 5 rows. The remaining rows are split into tiles of 3 and of 1.
 */
export function sumTiles<T>(a: usize, lda: usize, b: usize, k: i32, rows: i32, sums: usize): void {
  for (; rows >= 5; rows -= 5, a += 5 * lda, sums += 160)
    if (sizeof<T>() == 8) fiveDouble(a, lda, b, k, sums)
    else if (isFloat<T>()) fiveFloat(a, lda, b, k, sums)
    else if (sizeof<T>() == 2) fiveInt8(a, lda, b, k, sums)
    else fiveRelaxed(a, lda, b, k, sums)
  if (rows >= 3) {
    if (sizeof<T>() == 8) threeDouble(a, lda, b, k, sums)
    else if (isFloat<T>()) threeFloat(a, lda, b, k, sums)
    else if (sizeof<T>() == 2) threeInt8(a, lda, b, k, sums)
    else threeRelaxed(a, lda, b, k, sums)
    rows -= 3
    a += 3 * lda
    sums += 96
  }
  for (; rows > 0; rows--, a += lda, sums += 32)
    if (sizeof<T>() == 8) oneDouble(a, b, k, sums)
    else if (isFloat<T>()) oneFloat(a, b, k, sums)
    else if (sizeof<T>() == 2) oneInt8(a, b, k, sums)
    else oneRelaxed(a, b, k, sums)
}

// The modules export these functions so that the compiler keeps them separate. Inlined into their callers, their sums
// would compete for registers with all other values.

export function fiveDouble(a: usize, lda: usize, b: usize, k: i32, to: usize): void { sum<f64>(a, lda, b, k, to, 5) }
export function threeDouble(a: usize, lda: usize, b: usize, k: i32, to: usize): void { sum<f64>(a, lda, b, k, to, 3) }
export function oneDouble(a: usize, b: usize, k: i32, to: usize): void { sum<f64>(a, 0, b, k, to, 1) }
export function fiveFloat(a: usize, lda: usize, b: usize, k: i32, to: usize): void { sum<f32>(a, lda, b, k, to, 5) }
export function threeFloat(a: usize, lda: usize, b: usize, k: i32, to: usize): void { sum<f32>(a, lda, b, k, to, 3) }
export function oneFloat(a: usize, b: usize, k: i32, to: usize): void { sum<f32>(a, 0, b, k, to, 1) }
export function fiveInt8(a: usize, lda: usize, b: usize, k: i32, to: usize): void { sum<i16>(a, lda, b, k, to, 5) }
export function threeInt8(a: usize, lda: usize, b: usize, k: i32, to: usize): void { sum<i16>(a, lda, b, k, to, 3) }
export function oneInt8(a: usize, b: usize, k: i32, to: usize): void { sum<i16>(a, 0, b, k, to, 1) }
export function fiveRelaxed(a: usize, lda: usize, b: usize, k: i32, to: usize): void { sum<i8>(a, lda, b, k, to, 5) }
export function threeRelaxed(a: usize, lda: usize, b: usize, k: i32, to: usize): void { sum<i8>(a, lda, b, k, to, 3) }
export function oneRelaxed(a: usize, b: usize, k: i32, to: usize): void { sum<i8>(a, 0, b, k, to, 1) }

/**
 * One step of k per iteration, without other live values in the loop. With more, TurboFan reads so far ahead that sums
 * are spilled. `rows` is 5, 3 or 1 and a constant of the caller, so that its code holds no sums beyond its rows.
 */
@inline
function sum<T>(a: usize, lda: usize, b: usize, k: i32, sums: usize, rows: i32): void {
  let a0 = a, a1 = a + lda, a2 = a + 2 * lda, a3 = a + 3 * lda, a4 = a + 4 * lda
  let low0 = i32x4.splat(0), low1 = low0, low2 = low0, low3 = low0, low4 = low0
  let high0 = low0, high1 = low0, high2 = low0, high3 = low0, high4 = low0
  // The bytes of a row that one instruction reads.
  const taken: usize = sizeof<T>() == 8 ? 8 : 4
  for (const end = b + <usize>(k << (sizeof<T>() == 8 ? 2 : 3)) * sizeof<T>(); b < end; b += 32) {
    const left = v128.load(b), right = v128.load(b, 16)
    let x = splat<T>(a0)
    low0 = add<T>(low0, x, left)
    high0 = add<T>(high0, x, right)
    if (rows > 1) {
      x = splat<T>(a1)
      low1 = add<T>(low1, x, left)
      high1 = add<T>(high1, x, right)
      x = splat<T>(a2)
      low2 = add<T>(low2, x, left)
      high2 = add<T>(high2, x, right)
    }
    if (rows > 3) {
      x = splat<T>(a3)
      low3 = add<T>(low3, x, left)
      high3 = add<T>(high3, x, right)
      x = splat<T>(a4)
      low4 = add<T>(low4, x, left)
      high4 = add<T>(high4, x, right)
    }
    a0 += taken
    if (rows > 1) {
      a1 += taken
      a2 += taken
    }
    if (rows > 3) {
      a3 += taken
      a4 += taken
    }
  }
  v128.store(sums, low0, 0)
  v128.store(sums, high0, 16)
  if (rows > 1) {
    v128.store(sums, low1, 32)
    v128.store(sums, high1, 48)
    v128.store(sums, low2, 64)
    v128.store(sums, high2, 80)
  }
  if (rows > 3) {
    v128.store(sums, low3, 96)
    v128.store(sums, high3, 112)
    v128.store(sums, low4, 128)
    v128.store(sums, high4, 144)
  }
}

@inline
export function splat<T>(at: usize): v128 {
  return sizeof<T>() == 8 ? v128.load64_splat(at) : v128.load32_splat(at)
}

/** Adds the products of numbers of one row and of four columns, or two columns of f64. */
@inline
export function add<T>(sum: v128, x: v128, weights: v128): v128 {
  if (sizeof<T>() == 8) return f64x2.add(sum, f64x2.mul(x, weights))
  if (isFloat<T>()) return multiplyAdd(x, weights, sum)
  if (sizeof<T>() == 2) return i32x4.add(sum, i32x4.dot_i16x8_s(x, weights))
  return i32x4.relaxed_dot_i8x16_i7x16_add_s(weights, x, sum)
}
