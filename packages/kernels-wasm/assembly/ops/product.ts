import { product } from '../product'
import { Product } from '../rows'
import { Step } from '../step'

/** Rescaled sums of int8 products, computed from int16 minus the zero point. */
export function productInt8(step: Step, tile: i32, scratch: usize): void {
  const zeroPoint = i16x8.splat(<i16>changetype<Product>(step.op).inputZeroPoint)
  product<i8, i16>(step, tile, scratch, zeroPoint, i32x4.splat(0))
}

/** Sums of float32 products. */
export function productFloat(step: Step, tile: i32, scratch: usize): void {
  product<f32, f32>(step, tile, scratch, i32x4.splat(0), i32x4.splat(0))
}

/** Sums of products of halves. Rows and each panel of weights are widened first. */
export function productHalf(step: Step, tile: i32, scratch: usize): void {
  product<u16, f32>(step, tile, scratch, i32x4.splat(0), i32x4.splat(0))
}
