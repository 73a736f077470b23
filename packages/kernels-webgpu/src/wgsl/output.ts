import { OctetError, type Clamp, type DType } from '@octet/core'
import type { Element } from './element.ts'
import type { Fields, Values } from './scalars.ts'

/** The number that represents infinite bounds. */
export const LARGEST_FLOAT32 = 3.4028234663852886e38

/**
 * `hold(v)`: v, but protected from a compiler that would contract it into a sum or reorder the product that it goes
 * into, as WGSL permits. It is the minimum of v and a bound above all values that occur. The bound comes from a buffer,
 * so a compiler cannot remove it.
 */
export const HOLD: {
  readonly scalars: { readonly bound: 'f32' }
  readonly values: { readonly bound: number }
  readonly wgsl: string
} = {
  scalars: { bound: 'f32' },
  values: { bound: LARGEST_FLOAT32 },
  wgsl: `
fn hold(v: vec4<f32>) -> vec4<f32> { return min(v, vec4<f32>(scalars.bound)); }`,
}

/**
 * `withNaN(v, nan)` is v, but NaN in these lanes. `withoutNaN(v, nan)` is 0 there. Lanes are found by their bits,
 * because compilers may assume that no operation takes or returns NaN.
 */
export const WITH_NAN = `
fn withNaN(v: vec4<f32>, nan: vec4<bool>) -> vec4<f32> {
  return bitcast<vec4<f32>>(select(bitcast<vec4<u32>>(v), vec4<u32>(0x7fc00000u), nan));
}`
export const WITHOUT_NAN = `
fn withoutNaN(v: vec4<f32>, nan: vec4<bool>) -> vec4<f32> { return select(v, vec4<f32>(), nan); }`

/** `withInfinity(v, sign, lanes)` is v, but infinity with the sign of `sign` in these lanes. */
export const WITH_INFINITY = `
fn withInfinity(v: vec4<f32>, sign: vec4<f32>, lanes: vec4<bool>) -> vec4<f32> {
  let infinity = (bitcast<vec4<u32>>(sign) & vec4<u32>(0x80000000u)) | vec4<u32>(0x7f800000u);
  return bitcast<vec4<f32>>(select(bitcast<vec4<u32>>(v), infinity, lanes));
}`

/**
 * The last stage of every op that computes: `emit(v, block)` turns the four real results of channel block `block` into
 * storage. Float outputs are clamped. int8 outputs are rounded (ties to even), clamped in float, converted, and only
 * then moved by the zero point, so that nothing can contract into an FMA. A NaN stays NaN in a float output; results
 * for int8 must not be NaN. Padding lanes are stored as 0.
 */
export interface Output {
  readonly element: Element
  readonly scalars: Fields
  readonly functions: readonly string[]
  values(clamp: Clamp, zeroPoint?: number): Values
}

/**
 * The output stage for results stored as `element`. If lanes may be padding, the shader's scalars must have `channels`,
 * the number of logical channels.
 */
export function outputStage(dtype: DType, element: Element, padding: Padding = 'some'): Output {
  const keep = keepLanes(element, padding)
  if (dtype === 'int8')
    return {
      element,
      scalars: { lo: 'f32', hi: 'f32', zeroPoint: 'i32' },
      functions: [
        keep,
        `
fn emit(v: vec4<f32>, block: u32) -> u32 {
  let steps = vec4<i32>(clamp(round(v), vec4<f32>(scalars.lo), vec4<f32>(scalars.hi)));
  return ${element.encode}(keep(steps + scalars.zeroPoint, block));
}`,
      ],
      values: (clamp, zeroPoint = 0) => {
        const [lo, hi] = int8Clamp(clamp)
        return { lo: lo - zeroPoint, hi: hi - zeroPoint, zeroPoint }
      },
    }
  return {
    element,
    scalars: { lo: 'f32', hi: 'f32' },
    functions: [
      keep,
      WITH_NAN,
      `
fn emit(v: vec4<f32>, block: u32) -> ${element.storage} {
  let nan = (bitcast<vec4<i32>>(v) & vec4<i32>(0x7fffffff)) > vec4<i32>(0x7f800000);
  let held = clamp(v, vec4<f32>(scalars.lo), vec4<f32>(scalars.hi));
  return ${element.encode}(keep(withNaN(held, nan), block));
}`,
    ],
    values: ([lo, hi]) => ({ lo: Math.max(lo, -LARGEST_FLOAT32), hi: Math.min(hi, LARGEST_FLOAT32) }),
  }
}

/**
 * Whether the last block of a tensor's channels has lanes without a channel. If it is the only block, the number of its
 * channels.
 */
export type Padding = 'some' | 'none' | 1 | 2 | 3

/** `keep(v, block)`: v, with 0 in the lanes past `scalars.channels`. */
export function keepLanes(element: Element, padding: Padding = 'some'): string {
  const lanes =
    padding === 'some'
      ? 'vec4<u32>(0u, 1u, 2u, 3u) + block * 4u < vec4<u32>(scalars.channels)'
      : `vec4<bool>(${[0, 1, 2, 3].map((lane) => padding === 'none' || lane < padding).join(', ')})`
  return `
fn keep(v: ${element.value}, block: u32) -> ${element.value} {
  return select(${element.value}(), v, ${lanes});
}`
}

/** A clamp in quantized units, limited to the range of int8. */
export function int8Clamp([lo, hi]: Clamp): [number, number] {
  const low = Math.max(lo, -128)
  const high = Math.min(hi, 127)
  if (low > high) throw new OctetError(`the clamp [${lo}, ${hi}] leaves no int8 value`)
  return [low, high]
}
