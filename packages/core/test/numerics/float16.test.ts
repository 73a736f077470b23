import { Float16Array } from '@petamoriken/float16'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fromBfloat16, toBfloat16 } from '../../src/numerics/bfloat16.ts'
import { float16ToNumber, fromFloat16, roundToFloat16, toFloat16 } from '../../src/numerics/float16.ts'
import { goldenTest, type GoldenTensor } from './golden.ts'

const EVERY_HALF = Uint16Array.from({ length: 65536 }, (_, bits) => bits)

const isNumber = (bits: number): boolean => (bits & 0x7fff) <= 0x7c00

/** @petamoriken/float16's idea of the bits. */
function oracleBits(x: Float32Array): Uint16Array {
  return new Uint16Array(new Float16Array(x).buffer)
}

describe('binary16', () => {
  test('overflows from 65520 on, and not below', () => {
    const x = Float32Array.of(65504, 65519.996, 65520, 3e38, -65520, Infinity, -Infinity)
    expect([...toFloat16(x)]).toEqual([0x7bff, 0x7bff, 0x7c00, 0x7c00, 0xfc00, 0x7c00, 0xfc00])
  })

  test('keeps subnormals and rounds half of the smallest one to zero', () => {
    const least = 2 ** -24
    const x = Float32Array.of(least, -least, least / 2, least * 0.5001, least * 1.5, 2 ** -14 - 2 ** -26, -0)
    expect([...toFloat16(x)]).toEqual([1, 0x8001, 0, 1, 2, 0x400, 0x8000])
  })

  test('makes NaN the quiet NaN of its sign', () => {
    const x = new Float32Array(Uint32Array.of(0x7f800001, 0xffffffff, 0x7fc00000).buffer)
    expect([...toFloat16(x)]).toEqual([0x7e00, 0xfe00, 0x7e00])
  })

  test('widens every one of the 65536 bit patterns as the oracle does', () => {
    const widened = fromFloat16(EVERY_HALF)
    const oracle = new Float16Array(EVERY_HALF.buffer)
    for (const bits of EVERY_HALF) {
      if (!Object.is(widened[bits], oracle[bits]))
        expect.fail(`${bits}: ${widened[bits]} for ${oracle[bits]}`)
      if (!Object.is(float16ToNumber(bits), oracle[bits])) expect.fail(`${bits}: scalar differs`)
    }
  })

  test('returns every number to its own bits', () => {
    const back = toFloat16(fromFloat16(EVERY_HALF))
    expect(back.filter(isNumber)).toEqual(EVERY_HALF.filter(isNumber))
  })

  test('rounds halfway points and their neighbours between all halves as the oracle does', () => {
    const x = new Float32Array(3 * 0x7c00)
    const bits = new Uint32Array(x.buffer)
    for (let half = 0; half < 0x7c00; half++) {
      const middle = (float16ToNumber(half) + (half === 0x7bff ? 65536 : float16ToNumber(half + 1))) / 2
      x.fill(middle, 3 * half, 3 * half + 3)
      bits[3 * half]--
      bits[3 * half + 2]++
    }
    expect(toFloat16(x)).toEqual(oracleBits(x))
    expect(toFloat16(x.map((value) => -value))).toEqual(oracleBits(x.map((value) => -value)))
  })

  test('rounds any float32 as the oracle does, one by one and in arrays', () => {
    const everyFloat = fc.float32Array({ noNaN: true, minLength: 1, maxLength: 50 })
    const nearHalves = fc
      .array(fc.float({ min: -70000, max: 70000, noNaN: true }), { maxLength: 50 })
      .map((x) => Float32Array.from(x))
    fc.assert(
      fc.property(fc.oneof(everyFloat, nearHalves), (x) => {
        expect(toFloat16(x)).toEqual(oracleBits(x))
        expect(Uint16Array.from(x, roundToFloat16)).toEqual(oracleBits(x))
      }),
      { numRuns: 500 },
    )
  })

  test('reads a view that does not start at the beginning of its buffer', () => {
    expect([...toFloat16(Float32Array.of(9, 9, 1, 2).subarray(2))]).toEqual([0x3c00, 0x4000])
  })
})

test('bfloat16 is the upper half of float32, ties to even', () => {
  const x = new Float32Array(Uint32Array.of(0x3f808000, 0x3f818000, 0x3f808001, 0xff800001).buffer)
  expect([...toBfloat16(x)]).toEqual([0x3f80, 0x3f82, 0x3f81, 0xffc0])
  expect([...fromBfloat16(Uint16Array.of(0x3f80, 0xc000, 0x7f80))]).toEqual([1, -2, Infinity])
})

interface Fp16Vectors {
  f32_bits: GoldenTensor<Uint32Array>
  f16_bits: GoldenTensor<Uint16Array>
  bf16_bits: GoldenTensor<Uint16Array>
  decode_f16_bits: GoldenTensor<Uint16Array>
  decode_f32: GoldenTensor<Float32Array>
}

goldenTest<Fp16Vectors>('rounds to and widens from half and bfloat16 bit for bit', 'fp16.json', (vectors) => {
  const x = new Float32Array(vectors.f32_bits.data.buffer)
  const number = (_: unknown, i: number): boolean => !Number.isNaN(x[i])
  const halves = toFloat16(x)
  const brains = toBfloat16(x)
  expect(halves.filter(number)).toEqual(vectors.f16_bits.data.filter(number))
  expect(brains.filter(number)).toEqual(vectors.bf16_bits.data.filter(number))
  for (const [i, value] of x.entries()) {
    if (!Number.isNaN(value)) continue
    expect(float16ToNumber(halves[i])).toBeNaN()
    expect(fromBfloat16(brains.subarray(i, i + 1))[0]).toBeNaN()
  }
  expect(fromFloat16(vectors.decode_f16_bits.data)).toEqual(vectors.decode_f32.data)
})
