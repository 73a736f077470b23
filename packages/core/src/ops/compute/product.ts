/** The layout of sums: the sum of row p and weight m is at `offset + p * row + m * weight`. */
export interface SumLayout {
  readonly offset: number
  readonly row: number
  readonly weight: number
}

/**
 * Σ_k rows[p * K + k] * weights[m * K + k] for all p and m, in float64. Tiles of 4 rows by 4 weights keep sixteen sums
 * in registers. `rows` is [P,K] and `weights` [M,K], both row-major.
 */
export function multiply(
  rows: Float64Array,
  weights: Float64Array,
  { p: P, m: M, k: K }: { readonly p: number; readonly m: number; readonly k: number },
  out: Float64Array,
  layout: SumLayout,
): void {
  const { offset, row, weight } = layout
  let p = 0
  for (; p + 4 <= P; p += 4) {
    let m = 0
    for (; m + 4 <= M; m += 4)
      tile(rows, p * K, weights, m * K, K, out, offset + p * row + m * weight, row, weight)
    for (; m < M; m++)
      for (let r = p; r < p + 4; r++) out[offset + r * row + m * weight] = dot(rows, r * K, weights, m * K, K)
  }
  for (; p < P; p++)
    for (let m = 0; m < M; m++) out[offset + p * row + m * weight] = dot(rows, p * K, weights, m * K, K)
}

// oxfmt-ignore
function tile(
  a: Float64Array, i0: number, b: Float64Array, j0: number, count: number,
  out: Float64Array, o0: number, row: number, weight: number,
): void {
  const i1 = i0 + count, i2 = i1 + count, i3 = i2 + count
  const j1 = j0 + count, j2 = j1 + count, j3 = j2 + count
  let s00 = 0, s01 = 0, s02 = 0, s03 = 0, s10 = 0, s11 = 0, s12 = 0, s13 = 0
  let s20 = 0, s21 = 0, s22 = 0, s23 = 0, s30 = 0, s31 = 0, s32 = 0, s33 = 0
  for (let k = 0; k < count; k++) {
    const a0 = a[i0 + k], a1 = a[i1 + k], a2 = a[i2 + k], a3 = a[i3 + k]
    const b0 = b[j0 + k], b1 = b[j1 + k], b2 = b[j2 + k], b3 = b[j3 + k]
    s00 += a0 * b0; s01 += a0 * b1; s02 += a0 * b2; s03 += a0 * b3
    s10 += a1 * b0; s11 += a1 * b1; s12 += a1 * b2; s13 += a1 * b3
    s20 += a2 * b0; s21 += a2 * b1; s22 += a2 * b2; s23 += a2 * b3
    s30 += a3 * b0; s31 += a3 * b1; s32 += a3 * b2; s33 += a3 * b3
  }
  const o1 = o0 + row, o2 = o1 + row, o3 = o2 + row
  const w2 = 2 * weight, w3 = 3 * weight
  out[o0] = s00; out[o0 + weight] = s01; out[o0 + w2] = s02; out[o0 + w3] = s03
  out[o1] = s10; out[o1 + weight] = s11; out[o1 + w2] = s12; out[o1 + w3] = s13
  out[o2] = s20; out[o2 + weight] = s21; out[o2 + w2] = s22; out[o2 + w3] = s23
  out[o3] = s30; out[o3 + weight] = s31; out[o3 + w2] = s32; out[o3 + w3] = s33
}

function dot(a: Float64Array, i: number, b: Float64Array, j: number, count: number): number {
  let sum = 0
  for (let k = 0; k < count; k++) sum += a[i + k] * b[j + k]
  return sum
}
