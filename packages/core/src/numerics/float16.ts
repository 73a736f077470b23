import { bitsOf } from '../tensor/bits.ts'
import { rint } from './rint.ts'

/** Magnitude bits of float32 values at which binary16 changes its behaviour. */
const SMALLEST_NORMAL = 0x38800000 // 2^-14
const OVERFLOW = 0x477ff000 // 65520, halfway past the largest half
const INFINITE = 0x7f800000

const QUIET_NAN = 0x7e00
/** The difference of the exponent biases, 127 - 15, shifted to the exponent field. */
const REBIAS = 112 << 23

const scratch = new Float32Array(1)
const scratchBits = new Uint32Array(scratch.buffer)

/** The binary16 bits nearest to x, which is rounded to float32 first. See `toFloat16`. */
export function roundToFloat16(x: number): number {
  scratch[0] = x
  return halfBits(scratchBits[0])
}

/** The exact value of binary16 bits. */
export function float16ToNumber(bits: number): number {
  const exponent = (bits >>> 10) & 31
  const fraction = bits & 1023
  const magnitude =
    exponent === 0
      ? fraction * 2 ** -24
      : exponent === 31
        ? fraction === 0
          ? Infinity
          : NaN
        : (1024 + fraction) * 2 ** (exponent - 25)
  return bits & 0x8000 ? -magnitude : magnitude
}

/**
 * Rounds to IEEE 754 binary16 bits: nearest, ties to even; subnormals are kept. Magnitudes from 65520 on become
 * infinity. NaN becomes the quiet NaN of its sign.
 * @throws OctetError for any other array.
 */
export function toFloat16(x: Float32Array): Uint16Array {
  const bits = bitsOf(x, 'values for float16')
  const halves = new Uint16Array(x.length)
  for (let i = 0; i < bits.length; i++) halves[i] = halfBits(bits[i])
  return halves
}

/** Widens binary16 bits to float32. The result is exact. */
export function fromFloat16(halves: Uint16Array): Float32Array {
  const x = new Float32Array(halves.length)
  const bits = new Uint32Array(x.buffer)
  for (let i = 0; i < halves.length; i++) {
    const half = halves[i]
    const exponent = half & 0x7c00
    if (exponent === 0 || exponent === 0x7c00) x[i] = float16ToNumber(half)
    else bits[i] = ((half & 0x8000) << 16) | (((half & 0x7fff) << 13) + REBIAS)
  }
  return x
}

function halfBits(bits: number): number {
  const sign = (bits >>> 16) & 0x8000
  const magnitude = bits & 0x7fffffff
  if (magnitude >= OVERFLOW) return sign | (magnitude > INFINITE ? QUIET_NAN : 0x7c00)
  if (magnitude < SMALLEST_NORMAL) return sign | subnormalFraction(magnitude)
  const oddness = (magnitude >>> 13) & 1
  return sign | ((magnitude - REBIAS + 0xfff + oddness) >>> 13)
}

/**
 * Below 2^-14, halves are whole multiples of 2^-24. A carry out of the fraction correctly gives the smallest normal
 * half.
 */
function subnormalFraction(magnitude: number): number {
  scratchBits[0] = magnitude
  return rint(scratch[0] * 2 ** 24)
}
