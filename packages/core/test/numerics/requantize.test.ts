import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  fixedPointMultiplier,
  multiplyByFixedPoint,
  roundingDivideByPowerOfTwo,
  saturatingRoundingDoublingHighMul,
} from '../../src/numerics/fixed-point.ts'
import { quantizeBias, requantize, requantizeMultiplier } from '../../src/numerics/requantize.ts'
import { goldenTest, type GoldenTensor } from './golden.ts'

const int32 = fc.oneof(
  fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  fc.constantFrom(-(2 ** 31), 2 ** 31 - 1, 0, -1, 1, 2 ** 30, -(2 ** 30), 65535, -65536),
)
const q31 = fc.integer({ min: 2 ** 30, max: 2 ** 31 - 1 })

/** floor((2 * a * b + 2^shift) / 2^(shift+1)) without rounding errors. */
const shifted = (a: number, b: number, shift: number): number =>
  Number((BigInt(a) * BigInt(b) + (1n << BigInt(shift - 1))) >> BigInt(shift))

describe('requantize', () => {
  test('rounds before it adds the zero point, and clamps last', () => {
    expect(requantize(5, 0.5, 1, -128, 127)).toBe(3)
    expect(requantize(7, 0.5, 1, -128, 127)).toBe(5)
    expect(requantize(1000, 1, -100, -128, 127)).toBe(127)
    expect(requantize(-1000, 1, 100, 3, 127)).toBe(3)
  })

  test('takes the accumulator through float32 first', () => {
    // 2^24 + 1 is no float32: it becomes 2^24.
    expect(requantize(2 ** 24 + 1, 1, 0, -(2 ** 31), 2 ** 31 - 1)).toBe(2 ** 24)
  })

  test('stays within its bounds and grows with the accumulator', () => {
    const m = fc.float({ min: 0, max: 2, noNaN: true })
    fc.assert(
      fc.property(int32, int32, m, fc.integer({ min: -128, max: 127 }), (a, b, m, z) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)].map((acc) => requantize(acc, m, z, -128, 127))
        expect(low).toBeGreaterThanOrEqual(-128)
        expect(high).toBeLessThanOrEqual(127)
        expect(low).toBeLessThanOrEqual(high)
      }),
    )
  })

  test('biases saturate at the ends of int32', () => {
    const bias = Float32Array.of(1, -1, 0.5)
    expect([...quantizeBias(bias, 2 ** -20, Float32Array.of(2 ** -20))]).toEqual([
      2147483647, -2147483648, 2147483647,
    ])
    expect([...quantizeBias(bias, 0.5, Float32Array.of(1, 0.25, 1 / 16))]).toEqual([2, -8, 16])
  })
})

describe('fixed point', () => {
  test('the doubling high product is exact for all int32, and saturates once', () => {
    fc.assert(
      fc.property(int32, int32, (a, b) => {
        fc.pre(a !== -(2 ** 31) || b !== -(2 ** 31))
        expect(saturatingRoundingDoublingHighMul(a, b)).toBe(shifted(a, b, 31))
      }),
      { numRuns: 1000 },
    )
    expect(saturatingRoundingDoublingHighMul(-(2 ** 31), -(2 ** 31))).toBe(2 ** 31 - 1)
  })

  test('single rounding is exact for every shift', () => {
    fc.assert(
      fc.property(int32, q31, fc.integer({ min: -31, max: 0 }), (x, multiplier, shift) => {
        const product = multiplyByFixedPoint(x, { multiplier, shift }, 'single')
        expect(product).toBe(shifted(x, multiplier, 31 - shift))
      }),
      { numRuns: 1000 },
    )
  })

  test('division by a power of two rounds half away from zero', () => {
    expect([5, 6, 7, -5, -6, -7].map((x) => roundingDivideByPowerOfTwo(x, 2))).toEqual([1, 2, 2, -1, -2, -2])
  })

  test('the multiplier stands for the real number to 31 bits', () => {
    fc.assert(
      fc.property(fc.double({ min: 2 ** -31, max: 2 ** 20, noNaN: true }), (real) => {
        const { multiplier, shift } = fixedPointMultiplier(real)
        expect(multiplier).toBeGreaterThanOrEqual(2 ** 30)
        expect(multiplier).toBeLessThan(2 ** 31)
        expect(Math.abs((multiplier * 2 ** (shift - 31)) / real - 1)).toBeLessThanOrEqual(2 ** -31)
      }),
    )
  })

  test('both roundings are within one of the float requantization', () => {
    const m = fc.float({ min: 2 ** -20, max: 0.5, noNaN: true })
    fc.assert(
      fc.property(fc.integer({ min: -(2 ** 20), max: 2 ** 20 }), m, (acc, m) => {
        const float = requantize(acc, m, 0, -(2 ** 31), 2 ** 31)
        for (const rounding of ['double', 'single'] as const)
          expect(
            Math.abs(multiplyByFixedPoint(acc, fixedPointMultiplier(m), rounding) - float),
          ).toBeLessThanOrEqual(1)
      }),
    )
  })
})

interface FixedPointVectors {
  quantize_multiplier: [real: number, multiplier: number, shift: number][]
  srdhm: [a: number, b: number, expected: number][]
  rounding_divide_by_pot: [x: number, exponent: number, expected: number][]
  mbqm: [x: number, multiplier: number, shift: number, double: number, single: number][]
}

goldenTest<FixedPointVectors>(
  'computes the primitives of gemmlowp and TensorFlow Lite',
  'requant_fixed_point.json',
  (vectors) => {
    for (const [real, multiplier, shift] of vectors.quantize_multiplier)
      expect(fixedPointMultiplier(real), `${real}`).toEqual({ multiplier, shift })
    for (const [a, b, expected] of vectors.srdhm)
      expect(saturatingRoundingDoublingHighMul(a, b), `${a} ${b}`).toBe(expected)
    for (const [x, exponent, expected] of vectors.rounding_divide_by_pot)
      expect(roundingDivideByPowerOfTwo(x, exponent), `${x} ${exponent}`).toBe(expected)
    for (const [x, multiplier, shift, double, single] of vectors.mbqm) {
      expect(multiplyByFixedPoint(x, { multiplier, shift }, 'double'), `${x} ${multiplier} ${shift}`).toBe(
        double,
      )
      expect(multiplyByFixedPoint(x, { multiplier, shift }, 'single'), `${x} ${multiplier} ${shift}`).toBe(
        single,
      )
    }
  },
)

interface IntegerLayerCase {
  per_channel: boolean
  relu: boolean
  x_scale: number
  w_scale: GoldenTensor<Float32Array>
  bias_float: GoldenTensor<Float32Array> | null
  bias_int32: GoldenTensor<Int32Array> | null
  acc_int32: GoldenTensor<Int32Array>
  y_scale: number
  y_zero_point: number
  multiplier_f32: GoldenTensor<Float32Array>
  fixed: [number, number][]
  y_float_requant: GoldenTensor<Uint8Array>
  y_fixed_double: GoldenTensor<Uint8Array>
  y_fixed_single: GoldenTensor<Uint8Array>
}

for (const file of ['int_linear.json', 'int_conv2d.json'])
  goldenTest<{ cases: IntegerLayerCase[] }>(
    'requantizes accumulators in float and in fixed point',
    file,
    ({ cases }) => {
      for (const one of cases) {
        const { acc_int32: acc, y_zero_point: z, multiplier_f32: multipliers } = one
        if (one.bias_float)
          expect(quantizeBias(one.bias_float.data, one.x_scale, one.w_scale.data)).toEqual(
            one.bias_int32?.data,
          )
        const weightScale = (c: number): number => one.w_scale.data[one.per_channel ? c : 0]
        expect(
          multipliers.data.map((_, c) => requantizeMultiplier(one.x_scale, weightScale(c), one.y_scale)),
        ).toEqual(multipliers.data)
        const channels = acc.shape[1]
        const inner = acc.data.length / acc.shape[0] / channels
        const channel = (i: number): number => Math.floor(i / inner) % channels
        const low = one.relu ? z : 0
        const fixed = Array.from(multipliers.data, fixedPointMultiplier)
        expect(fixed.map(({ multiplier, shift }) => [multiplier, shift])).toEqual(one.fixed)
        const inFixed = (rounding: 'double' | 'single'): Uint8Array =>
          Uint8Array.from(acc.data, (a, i) =>
            Math.min(255, Math.max(low, multiplyByFixedPoint(a, fixed[channel(i)], rounding) + z)),
          )
        expect(
          Uint8Array.from(acc.data, (a, i) => requantize(a, multipliers.data[channel(i)], z, low, 255)),
        ).toEqual(one.y_float_requant.data)
        expect(inFixed('double')).toEqual(one.y_fixed_double.data)
        expect(inFixed('single')).toEqual(one.y_fixed_single.data)
      }
    },
  )
