import { multiplyAdd } from './multiply-add'

/** Shows whether an engine rounds a * b + c once: the square of 1 + 2^-12, minus its float32 rounding. */
export function rounding(): f32 {
  const x: f32 = 1.000244140625
  return f32x4.extract_lane(multiplyAdd(f32x4.splat(x), f32x4.splat(x), f32x4.splat(-1.00048828125)), 0)
}

// Kernels of floats that replace the kernels with the same names.
export { batchedFloat, batchedHalf } from './ops/matmul-batched'
export { depthwiseFloat, depthwiseHalf } from './ops/depthwise'
export { depthwise3x3Float, depthwise3x3Half, rowsFloat, rowsHalf } from './ops/depthwise-floats'
export { productFloat, productHalf } from './ops/product'
export { twoWindowsFloat, twoWindowsHalf, windowsFloat, windowsHalf } from './ops/windows'
export { fiveFloat, oneFloat, threeFloat } from './tile'
