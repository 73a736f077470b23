import { bitsOf } from '../tensor/bits.ts'
import { rint } from './rint.ts'

/**
 * The 8-bit floats of Micikevicius et al. 2022, "FP8 Formats for Deep Learning", with ONNX's names. `float8e4m3fn` has
 * 3 fraction bits, largest value 448, one NaN of either sign and no infinities. `float8e5m2` has 2 fraction bits,
 * largest value 57344, and infinities and NaNs as in IEEE 754.
 */
export type Float8Format = 'float8e4m3fn' | 'float8e5m2'

interface Layout {
  readonly fractionBits: number
  readonly bias: number
  /** The magnitude bits of the largest finite value, and of the result past it if the conversion does not saturate. */
  readonly largest: number
  readonly overflow: number
}

const LAYOUTS: { readonly [F in Float8Format]: Layout } = {
  float8e4m3fn: { fractionBits: 3, bias: 7, largest: 0x7e, overflow: 0x7f },
  float8e5m2: { fractionBits: 2, bias: 15, largest: 0x7b, overflow: 0x7c },
}

const NAN = 0x7f
const INFINITE = 0x7f800000

const scratch = new Float32Array(1)
const scratchBits = new Uint32Array(scratch.buffer)

/**
 * Rounds to 8-bit float bits: nearest, ties to even; subnormals are kept. A value that rounds past the largest value,
 * such as an infinity, becomes the largest value if `saturate` is set (ONNX's default), else infinity, or NaN in a
 * format without infinities. NaN stays NaN and keeps its sign. Source: ONNX operators, Cast and QuantizeLinear.
 */
export function toFloat8(
  format: Float8Format,
  x: Float32Array,
  options: { readonly saturate?: boolean } = {},
): Uint8Array {
  const { fractionBits, bias, largest, overflow } = LAYOUTS[format]
  const past = (options.saturate ?? true) ? largest : overflow
  const shift = 23 - fractionBits
  const rebias = (127 - bias) << 23
  const smallestNormal = rebias + (1 << 23)
  const half = (1 << (shift - 1)) - 1
  const perSubnormal = 2 ** (bias - 1 + fractionBits)
  const bits = bitsOf(x, 'values for float8')
  const rounded = new Uint8Array(x.length)
  for (let i = 0; i < bits.length; i++) {
    const magnitude = bits[i] & 0x7fffffff
    let code: number
    if (magnitude > INFINITE) code = NAN
    else {
      if (magnitude < smallestNormal) {
        scratchBits[0] = magnitude
        code = rint(scratch[0] * perSubnormal)
      } else code = (magnitude - rebias + half + ((magnitude >>> shift) & 1)) >>> shift
      if (code > largest) code = past
    }
    rounded[i] = ((bits[i] >>> 24) & 0x80) | code
  }
  return rounded
}

/** Widens 8-bit float bits to float32. The result is exact. */
export function fromFloat8(format: Float8Format, bits: Uint8Array): Float32Array {
  const { fractionBits, bias, largest, overflow } = LAYOUTS[format]
  const steps = 1 << fractionBits
  return Float32Array.from(bits, (code) => {
    const magnitude = code & 0x7f
    const exponent = magnitude >>> fractionBits
    const fraction = magnitude & (steps - 1)
    const sign = code & 0x80 ? -1 : 1
    if (magnitude > largest) return magnitude === overflow && format === 'float8e5m2' ? sign * Infinity : NaN
    return exponent === 0
      ? sign * fraction * 2 ** (1 - bias - fractionBits)
      : sign * (steps + fraction) * 2 ** (exponent - bias - fractionBits)
  })
}
