/**
 * a * b + c. The product and the sum are rounded separately, so that every engine gives the same bits. In the module of
 * fused kernels, an engine rounds once if its CPU does.
 */
@inline
export function multiplyAdd(a: v128, b: v128, c: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? f32x4.relaxed_madd(a, b, c) : f32x4.add(c, f32x4.mul(a, b))
}
