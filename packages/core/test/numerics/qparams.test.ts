import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { OctetError } from '../../src/error.ts'
import {
  AFFINE_INT8,
  affineQParams,
  integerLimits,
  qparamsFromRange,
  qparamsPerChannel,
  SYMMETRIC_INT8,
  symmetricScale,
  type QuantScheme,
} from '../../src/numerics/qparams.ts'

const scheme: fc.Arbitrary<QuantScheme> = fc.record({
  bits: fc.constantFrom(8, 4),
  signed: fc.boolean(),
  symmetric: fc.boolean(),
  narrow: fc.boolean(),
})
const end = fc.float({ min: -(2 ** 100), max: 2 ** 100, noNaN: true })
const range = fc.tuple(end, end).map(([a, b]) => ({ min: Math.min(a, b), max: Math.max(a, b) }))

describe('qparams', () => {
  test('symmetric divides by 127.5 over [-128, 127] and by 127 over [-127, 127]', () => {
    const full = { ...SYMMETRIC_INT8, narrow: false }
    expect(qparamsFromRange({ min: -1, max: 0.5 }, full).scale[0]).toBe(Math.fround(1 / 127.5))
    expect(qparamsFromRange({ min: -1, max: 0.5 }, SYMMETRIC_INT8).scale[0]).toBe(Math.fround(1 / 127))
  })

  test('affine stretches a one-sided range to zero', () => {
    const { scale, zeroPoint } = qparamsFromRange({ min: 2, max: 6 }, AFFINE_INT8)
    expect([scale[0], zeroPoint[0]]).toEqual([Math.fround(6 / 255), -128])
  })

  test('symmetric unsigned puts the zero point in the middle', () => {
    const unsigned = { ...SYMMETRIC_INT8, signed: false, narrow: false }
    expect(qparamsFromRange({ min: -1, max: 1 }, unsigned).zeroPoint[0]).toBe(128)
    expect(qparamsFromRange({ min: -1, max: 1 }, { ...unsigned, bits: 4 }).zeroPoint[0]).toBe(8)
  })

  test('the limits of four bits are [-8, 7], [-7, 7] and [0, 15]', () => {
    const four = { ...AFFINE_INT8, bits: 4 } as const
    expect(integerLimits(four)).toEqual({ qmin: -8, qmax: 7 })
    expect(integerLimits({ ...four, narrow: true })).toEqual({ qmin: -7, qmax: 7 })
    expect(integerLimits({ ...four, signed: false })).toEqual({ qmin: 0, qmax: 15 })
  })

  test('an all-zero range has scale 1, or the floor that is asked for', () => {
    expect(qparamsFromRange({ min: 0, max: 0 }, AFFINE_INT8).scale[0]).toBe(1)
    expect(qparamsFromRange({ min: 0, max: 0 }, SYMMETRIC_INT8).scale[0]).toBe(1)
    const floored = qparamsFromRange({ min: 0, max: 0 }, AFFINE_INT8, { scaleFloor: 2 ** -23 })
    expect([floored.scale[0], floored.zeroPoint[0]]).toEqual([2 ** -23, -128])
  })

  test('a subnormal range still has a scale whose square and inverse are finite float32', () => {
    const s = qparamsFromRange({ min: -3e-39, max: 3e-39 }, AFFINE_INT8).scale[0]
    expect(Math.fround(s * s)).toBeGreaterThanOrEqual(2 ** -126)
    expect(Math.fround(1 / s)).toBeLessThan(Infinity)
  })

  test('ends that are not finite or not in order are refused', () => {
    for (const [min, max] of [
      [NaN, 1],
      [0, NaN],
      [-Infinity, 0],
      [0, Infinity],
      [2, 1],
      [0, 1e39],
    ])
      for (const one of [AFFINE_INT8, SYMMETRIC_INT8])
        expect(() => qparamsFromRange({ min, max }, one)).toThrow(OctetError)
    expect(() => qparamsFromRange({ min: -3e38, max: 3e38 }, AFFINE_INT8)).toThrow(/wider than float32/)
  })

  test('zero points are integers of the type, so that 0.0 is exact under every scheme and range', () => {
    fc.assert(
      fc.property(range, scheme, (range, scheme) => {
        const { qmin, qmax, zeroPoint } = qparamsFromRange(range, scheme)
        expect(Number.isInteger(zeroPoint[0]) && zeroPoint[0] >= qmin && zeroPoint[0] <= qmax).toBe(true)
      }),
    )
  })

  test('the grid covers the range to within half a step', () => {
    fc.assert(
      fc.property(range, scheme, (range, scheme) => {
        const { qmin, qmax, zeroPoint, scale } = qparamsFromRange(range, scheme)
        const slack = 0.5 * scale[0] * (1 + 1e-4)
        expect((qmin - zeroPoint[0]) * scale[0]).toBeLessThanOrEqual(Math.min(range.min, 0) + slack)
        expect((qmax - zeroPoint[0]) * scale[0]).toBeGreaterThanOrEqual(Math.max(range.max, 0) - slack)
      }),
    )
  })

  test('a wider range never has a smaller scale', () => {
    fc.assert(
      fc.property(range, range, scheme, (a, b, scheme) => {
        const both = { min: Math.min(a.min, b.min), max: Math.max(a.max, b.max) }
        fc.pre(both.min < 0 || both.max > 0)
        fc.pre(a.min < 0 || a.max > 0)
        const [narrower, wider] = [a, both].map((range) => qparamsFromRange(range, scheme).scale[0])
        expect(wider).toBeGreaterThanOrEqual(narrower)
      }),
    )
  })

  test('per channel is per tensor, range by range', () => {
    fc.assert(
      fc.property(fc.array(range, { minLength: 1, maxLength: 5 }), scheme, (ranges, scheme) => {
        const channels = qparamsPerChannel(ranges, 1, scheme)
        expect(channels.axis).toBe(1)
        for (const [c, range] of ranges.entries()) {
          const one = qparamsFromRange(range, scheme)
          expect([channels.scale[c], channels.zeroPoint[c]]).toEqual([one.scale[0], one.zeroPoint[0]])
        }
      }),
    )
  })

  test('any integer limits will do, such as a reduced range', () => {
    expect(affineQParams({ min: -1, max: 1 }, { qmin: -64, qmax: 63 }).scale).toBe(Math.fround(2 / 127))
    expect(symmetricScale({ min: -1, max: 1 }, { qmin: -64, qmax: 63 })).toBe(Math.fround(1 / 63.5))
  })
})
