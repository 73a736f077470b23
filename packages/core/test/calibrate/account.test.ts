import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { accountFor, type QuantizationAccount } from '../../src/calibrate/account.ts'
import { Observer } from '../../src/calibrate/observer.ts'
import { AFFINE_INT8, qparamsFromRange, SYMMETRIC_INT8, type QParams } from '../../src/numerics/qparams.ts'
import { goldenInputs, goldenTest } from '../numerics/golden.ts'

function account(x: Float32Array, qparams: QParams): QuantizationAccount {
  const observer = new Observer('t')
  observer.observe(x)
  return accountFor(observer.observation, qparams)
}

describe('the account of a range', () => {
  test('says that min-max clips nothing', () => {
    const x = Float32Array.from({ length: 10_000 }, (_, i) => Math.sin(i) * 3)
    const { clipped, clipErrorShare, usedLevels } = account(
      x,
      qparamsFromRange({ min: -3, max: 3 }, AFFINE_INT8),
    )
    expect([clipped, clipErrorShare]).toEqual([0, 0])
    expect(usedLevels).toBeGreaterThanOrEqual(255)
  })

  test('finds the 6 dB per bit of evenly spread values', () => {
    const x = Float32Array.from({ length: 50_000 }, (_, i) => i / 50_000)
    const sqnr = (bits: 8 | 4): number =>
      account(x, qparamsFromRange({ min: 0, max: 1 }, { ...AFFINE_INT8, bits })).sqnrDb!
    // Signal 1/3 over noise s²/12 with s = 1/255 and 1/15.
    expect(sqnr(8)).toBeCloseTo(10 * Math.log10(4 * 255 ** 2), 1)
    expect(sqnr(4)).toBeCloseTo(10 * Math.log10(4 * 15 ** 2), 1)
  })

  test('counts zeros at the end of the grid as saturated and not as clipped', () => {
    const x = Float32Array.of(0, 0, 0, 4)
    const { clipped, saturated, usedLevels, lo, hi } = account(
      x,
      qparamsFromRange({ min: 0, max: 4 }, AFFINE_INT8),
    )
    expect([clipped, saturated, usedLevels]).toEqual([0, 1, 2])
    expect(lo).toBe(0)
    expect(hi).toBeCloseTo(4, 5)
  })

  test('splits the error into clipping and rounding', () => {
    const x = Float32Array.from({ length: 10_000 }, (_, i) => i / 10_000)
    const { clipped, clipErrorShare, sqnrDb } = account(
      x,
      qparamsFromRange({ min: 0, max: 0.5 }, AFFINE_INT8),
    )
    expect(clipped).toBeCloseTo(0.5, 2)
    expect(clipErrorShare).toBeGreaterThan(0.999)
    // Signal 1/3, noise (1/2)³/3.
    expect(sqnrDb).toBeCloseTo(10 * Math.log10(8), 1)
  })

  test('has no decibels for a tensor without signal', () => {
    const zeros = account(new Float32Array(5), qparamsFromRange({ min: 0, max: 0 }, AFFINE_INT8))
    expect([zeros.sqnrDb, zeros.usedLevels, zeros.clipped]).toEqual([null, 1, 0])
    const nothing = account(new Float32Array(0), qparamsFromRange({ min: 0, max: 0 }, AFFINE_INT8))
    expect([nothing.sqnrDb, nothing.usedLevels, nothing.saturated]).toEqual([null, 0, 0])
  })

  test('stays within sense for any data and range', () => {
    const x = fc.array(fc.float({ noNaN: true, noDefaultInfinity: true, min: -(2 ** 60), max: 2 ** 60 }), {
      maxLength: 40,
    })
    const end = fc.float({ noNaN: true, min: 0, max: 2 ** 40 })
    fc.assert(
      fc.property(x, end, end, fc.constantFrom(AFFINE_INT8, SYMMETRIC_INT8), (x, low, high, scheme) => {
        const one = account(Float32Array.from(x), qparamsFromRange({ min: -low, max: high }, scheme))
        const slack = 1 + 1e-9
        expect(one.clipped).toBeGreaterThanOrEqual(0)
        expect(one.saturated).toBeGreaterThanOrEqual(one.clipped / slack)
        expect(one.saturated).toBeLessThanOrEqual(slack)
        expect(one.usedLevels).toBeLessThanOrEqual(Math.min(256, x.length))
        expect(one.sqnrDb).not.toBeNaN()
        expect(one.clipErrorShare).toBeGreaterThanOrEqual(0)
        expect(one.clipErrorShare).toBeLessThanOrEqual(slack)
      }),
      { numRuns: 200 },
    )
  })
})

const off = (actual: number, expected: number): number => Math.abs(actual - expected)

interface Health {
  distribution: string
  scale: number
  zero_point: number
  quant_min: number
  quant_max: number
  saturation_low: number
  saturation_high: number
  edge_low: number
  edge_high: number
  used_levels: number
  clip_error_share: number
  sqnr_db: number
}

goldenTest<{ quantization_health: Health[] }>(
  'the histogram tells the health of a range nearly as the data itself does',
  'diagnostics.json',
  ({ quantization_health }) => {
    const inputs = goldenInputs()
    for (const one of quantization_health) {
      // A few whole numbers, each repeated hundreds of times, are as far from evenly spread in their bins as can be.
      if (one.distribution === 'small_ints') continue
      const observer = new Observer(one.distribution)
      for (const { data } of inputs.get(one.distribution)!) observer.observe(data)
      const estimate = accountFor(observer.observation, {
        qmin: one.quant_min,
        qmax: one.quant_max,
        axis: null,
        scale: Float32Array.of(one.scale),
        zeroPoint: Int32Array.of(one.zero_point),
      })
      expect(off(estimate.clipped, one.saturation_low + one.saturation_high), one.distribution).toBeLessThan(
        0.005,
      )
      expect(off(estimate.saturated, one.edge_low + one.edge_high), one.distribution).toBeLessThan(0.005)
      expect(off(estimate.clipErrorShare, one.clip_error_share), one.distribution).toBeLessThan(0.005)
      expect(off(estimate.sqnrDb!, one.sqnr_db), one.distribution).toBeLessThan(0.25)
      expect(off(estimate.usedLevels, one.used_levels), one.distribution).toBeLessThanOrEqual(5)
    }
  },
)
