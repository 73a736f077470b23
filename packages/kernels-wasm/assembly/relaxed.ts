import { product } from './product'
import { Product } from './rows'
import { Step } from './step'

/** Set by the host after `probe`: 0x80 if the engine takes the second operand as unsigned, 0 if as signed. */
let flip: i32 = 0

export function setFlip(mask: i32): void {
  flip = mask
}

/** Σ of four products a * b in an engine's own way, for bytes a and b. */
export function probe(a: i32, b: i32): i32 {
  return i32x4.extract_lane(
    i32x4.relaxed_dot_i8x16_i7x16_add_s(i8x16.splat(<i8>a), i8x16.splat(<i8>b), i32x4.splat(0)),
    0,
  )
}

/** Sums of int8 products, computed by relaxed dot products of bytes. */
export function productRelaxed(step: Step, tile: i32, scratch: usize): void {
  const padding = i8x16.splat(<i8>(changetype<Product>(step.op).inputZeroPoint ^ flip))
  product<u8, i8>(step, tile, scratch, i8x16.splat(<i8>flip), padding)
}

export { fiveRelaxed, oneRelaxed, threeRelaxed } from './tile'
