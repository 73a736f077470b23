import type { DType } from '@octet/core'
import type { Features } from './features.ts'

/**
 * The storage of four consecutive channels of one pixel, and the WGSL that converts it into four numbers and back. The
 * bytes are the same for every variant of a dtype. Only the loads differ.
 */
export interface Element {
  /** WGSL type of one array element: four channels. */
  readonly storage: string
  /** WGSL type of the arithmetic. */
  readonly value: 'vec4<f32>' | 'vec4<i32>'
  /** Names of the functions storage -> value and value -> storage, defined in `wgsl`. */
  readonly decode: string
  readonly encode: string
  readonly wgsl: string
}

/** An element of floats. */
export interface FloatElement extends Element {
  /** Name of the function from a stored word to the bits of its four channels without their signs, as integers. */
  readonly magnitude: string
  /** The magnitude of infinity. The magnitude of NaN is larger. */
  readonly infinity: string
}

/** WGSL for the channels of a stored word that are NaN. */
export function nanIn({ magnitude, infinity }: FloatElement, stored: string): string {
  return `${magnitude}(${stored}) > vec4<i32>(${infinity})`
}

export type StoredDType = 'float32' | 'float16' | 'int8'

/** Whether kernels compute on this dtype. */
export function isStored(dtype: DType): dtype is StoredDType {
  return dtype === 'float32' || dtype === 'float16' || dtype === 'int8'
}

/** The element of a dtype on an adapter with these features. */
export function element(dtype: StoredDType, features: Features): Element {
  if (dtype !== 'int8') return floatElement(dtype, features)
  return features.packedDot ? INT8 : UNPACKED_INT8
}

/** The element of a float dtype on an adapter with these features. */
export function floatElement(dtype: 'float32' | 'float16', features: Features): FloatElement {
  if (dtype === 'float32') return FLOAT32
  return features.shaderF16 ? FLOAT16 : PACKED_FLOAT16
}

const FLOAT32: FloatElement = {
  storage: 'vec4<f32>',
  value: 'vec4<f32>',
  decode: 'decode_float32',
  encode: 'encode_float32',
  magnitude: 'magnitude_float32',
  infinity: '0x7f800000',
  wgsl: `
fn magnitude_float32(q: vec4<f32>) -> vec4<i32> { return bitcast<vec4<i32>>(q) & vec4<i32>(0x7fffffff); }
fn decode_float32(q: vec4<f32>) -> vec4<f32> { return q; }
fn encode_float32(v: vec4<f32>) -> vec4<f32> { return v; }`,
}

/**
 * IEEE 754 binary32 -> binary16, ties to even, overflow to infinity, subnormals kept. It uses integers, because WGSL
 * allows pack2x16float to round in either direction and to flush (SwiftShader's rounds subnormal ties wrongly).
 */
const HALVES = `
fn halves(v: vec4<f32>) -> vec2<u32> {
  let bits = bitcast<vec4<u32>>(v);
  let magnitude = bits & vec4<u32>(0x7fffffffu);
  let normal = (magnitude - 0x38000000u + 0xfffu + ((magnitude >> vec4<u32>(13u)) & vec4<u32>(1u))) >> vec4<u32>(13u);
  let shift = min(126u - (magnitude >> vec4<u32>(23u)), vec4<u32>(31u));
  let significand = (magnitude & vec4<u32>(0x7fffffu)) | vec4<u32>(0x800000u);
  let half = vec4<u32>(1u) << (shift - 1u);
  let subnormal = (significand + half - 1u + ((significand >> shift) & vec4<u32>(1u))) >> shift;
  let finite = min(select(normal, subnormal, magnitude < vec4<u32>(0x38800000u)), vec4<u32>(0x7c00u));
  let h = ((bits >> vec4<u32>(16u)) & vec4<u32>(0x8000u))
    | select(finite, vec4<u32>(0x7e00u), magnitude > vec4<u32>(0x7f800000u));
  return h.xz | (h.yw << vec2<u32>(16u));
}`

const MAGNITUDES = `
fn magnitudes(q: vec2<u32>) -> vec4<i32> {
  return vec4<i32>(vec4<u32>(q.x, q.x >> 16u, q.y, q.y >> 16u) & vec4<u32>(0x7fffu));
}`

const PACKED_FLOAT16: FloatElement = {
  storage: 'vec2<u32>',
  value: 'vec4<f32>',
  decode: 'decode_float16',
  encode: 'encode_float16',
  magnitude: 'magnitudes',
  infinity: '0x7c00',
  wgsl: `${HALVES}${MAGNITUDES}
fn decode_float16(q: vec2<u32>) -> vec4<f32> { return vec4<f32>(unpack2x16float(q.x), unpack2x16float(q.y)); }
fn encode_float16(v: vec4<f32>) -> vec2<u32> { return halves(v); }`,
}

const FLOAT16: FloatElement = {
  storage: 'vec4<f16>',
  value: 'vec4<f32>',
  decode: 'decode_float16',
  encode: 'encode_float16',
  magnitude: 'magnitude_float16',
  infinity: '0x7c00',
  wgsl: `${HALVES}${MAGNITUDES}
fn magnitude_float16(q: vec4<f16>) -> vec4<i32> { return magnitudes(bitcast<vec2<u32>>(q)); }
fn decode_float16(q: vec4<f16>) -> vec4<f32> { return vec4<f32>(q); }
fn encode_float16(v: vec4<f32>) -> vec4<f16> { return bitcast<vec4<f16>>(halves(v)); }`,
}

/** Four bytes in a u32, with the lowest channel in the lowest byte. */
const INT8: Element = {
  storage: 'u32',
  value: 'vec4<i32>',
  decode: 'unpack4xI8',
  encode: 'pack4xI8',
  wgsl: '',
}

const UNPACKED_INT8: Element = {
  storage: 'u32',
  value: 'vec4<i32>',
  decode: 'decode_int8',
  encode: 'encode_int8',
  wgsl: `
fn decode_int8(q: u32) -> vec4<i32> {
  return vec4<i32>(i32(q << 24u) >> 24u, i32(q << 16u) >> 24u, i32(q << 8u) >> 24u, i32(q) >> 24u);
}
fn encode_int8(v: vec4<i32>) -> u32 {
  let bytes = vec4<u32>(v) & vec4<u32>(0xffu);
  return bytes.x | (bytes.y << 8u) | (bytes.z << 16u) | (bytes.w << 24u);
}`,
}
