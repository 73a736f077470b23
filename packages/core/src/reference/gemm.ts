/**
 * out[p * M + m] = Σ_k rows[p * K + k] * weights[m * K + k], in float64. Tiles of 4 rows by 4 weights keep sixteen sums in
 * registers. `rows` is [P,K] and `weights` [M,K], both row-major; `out` holds P*M from `offset` on, rows `stride` apart.
 */
export function multiply(
  rows: Float64Array,
  weights: Float64Array,
  size: { readonly p: number; readonly m: number; readonly k: number },
  out: Float64Array,
  { offset, stride }: { readonly offset: number; readonly stride: number },
): void {
  const { p: P, m: M, k: K } = size
  let p = 0
  for (; p + 4 <= P; p += 4) {
    const [x0, x1, x2, x3] = [p * K, (p + 1) * K, (p + 2) * K, (p + 3) * K]
    let m = 0
    for (; m + 4 <= M; m += 4) {
      const [w0, w1, w2, w3] = [m * K, (m + 1) * K, (m + 2) * K, (m + 3) * K]
      let s00 = 0,
        s01 = 0,
        s02 = 0,
        s03 = 0,
        s10 = 0,
        s11 = 0,
        s12 = 0,
        s13 = 0
      let s20 = 0,
        s21 = 0,
        s22 = 0,
        s23 = 0,
        s30 = 0,
        s31 = 0,
        s32 = 0,
        s33 = 0
      for (let k = 0; k < K; k++) {
        const a0 = rows[x0 + k],
          a1 = rows[x1 + k],
          a2 = rows[x2 + k],
          a3 = rows[x3 + k]
        const b0 = weights[w0 + k],
          b1 = weights[w1 + k],
          b2 = weights[w2 + k],
          b3 = weights[w3 + k]
        s00 += a0 * b0
        s01 += a0 * b1
        s02 += a0 * b2
        s03 += a0 * b3
        s10 += a1 * b0
        s11 += a1 * b1
        s12 += a1 * b2
        s13 += a1 * b3
        s20 += a2 * b0
        s21 += a2 * b1
        s22 += a2 * b2
        s23 += a2 * b3
        s30 += a3 * b0
        s31 += a3 * b1
        s32 += a3 * b2
        s33 += a3 * b3
      }
      const [o0, o1, o2, o3] = [0, 1, 2, 3].map((r) => offset + (p + r) * stride + m)
      out[o0] = s00
      out[o0 + 1] = s01
      out[o0 + 2] = s02
      out[o0 + 3] = s03
      out[o1] = s10
      out[o1 + 1] = s11
      out[o1 + 2] = s12
      out[o1 + 3] = s13
      out[o2] = s20
      out[o2 + 1] = s21
      out[o2 + 2] = s22
      out[o2 + 3] = s23
      out[o3] = s30
      out[o3 + 1] = s31
      out[o3 + 2] = s32
      out[o3 + 3] = s33
    }
    for (; m < M; m++)
      for (let r = 0; r < 4; r++)
        out[offset + (p + r) * stride + m] = dot(rows, (p + r) * K, weights, m * K, K)
  }
  for (; p < P; p++)
    for (let m = 0; m < M; m++) out[offset + p * stride + m] = dot(rows, p * K, weights, m * K, K)
}

function dot(a: Float64Array, i: number, b: Float64Array, j: number, count: number): number {
  let sum = 0
  for (let k = 0; k < count; k++) sum += a[i + k] * b[j + k]
  return sum
}
