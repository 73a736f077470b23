import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Observer } from '../../src/calibrate/observer.ts'
import { quantizationHealth } from '../../src/diagnose/health.ts'
import { distributionShift, observedShift, weighted } from '../../src/diagnose/shift.ts'
import { accountFor } from '../../src/calibrate/account.ts'
import { AFFINE_INT8, qparamsFromRange } from '../../src/numerics/qparams.ts'

const floats = fc.array(fc.float({ min: -100, max: 100, noNaN: true }), { minLength: 2, maxLength: 80 })

function observationOf(x: readonly number[]) {
  const observer = new Observer('t')
  observer.observe(Float32Array.from(x))
  return observer.observation
}

describe('the shift of a distribution', () => {
  test('is nothing from a sample to itself, in any order', () => {
    fc.assert(
      fc.property(floats, (x) => {
        const { ks, wasserstein, jsDivergenceBits, psi, outOfRange } = distributionShift(
          weighted(x),
          weighted(x.toReversed()),
        )
        expect([ks, wasserstein, jsDivergenceBits, psi, outOfRange]).toEqual([0, 0, 0, 0, 0])
      }),
    )
  })

  test('is complete between samples that do not meet', () => {
    const shift = distributionShift(weighted([0, 1, 2]), weighted([10, 11, 12]))
    expect(shift.ks).toBeCloseTo(1, 12)
    expect(shift.wasserstein).toBeCloseTo(10, 12)
    expect(shift.jsDivergenceBits).toBeCloseTo(1, 12)
    expect(shift.outOfRange).toBe(1)
  })

  test('takes counts for as many equal values', () => {
    const counted = { values: Float64Array.of(1, 2, 5), counts: Float64Array.of(3, 1, 2) }
    const other = weighted([0, 2, 2, 9])
    expect(distributionShift(counted, other)).toEqual(distributionShift(weighted([1, 1, 1, 2, 5, 5]), other))
  })

  test('from histograms is that of the values, to a bin', () => {
    fc.assert(
      fc.property(floats, floats, (a, b) => {
        const exact = distributionShift(weighted(a), weighted(b))
        const { wasserstein, ks } = observedShift(observationOf(a), observationOf(b))!
        const bin = Math.max(...[...a, ...b].map(Math.abs)) / 2048
        expect(Math.abs(wasserstein - exact.wasserstein)).toBeLessThanOrEqual(bin + 1e-9)
        // Joining values in a bin can only hide a difference of the cumulative distributions.
        expect(ks).toBeLessThanOrEqual(exact.ks + 1e-9)
      }),
    )
  })

  test('needs values on both sides', () => {
    expect(() => distributionShift(weighted([]), weighted([1]))).toThrow(/no values/)
    expect(observedShift(observationOf([NaN]), observationOf([1]))).toBeNull()
  })
})

describe('the health of quantized values', () => {
  test('is what the account estimates from a histogram', () => {
    const x = Float32Array.from({ length: 30_000 }, (_, i) => Math.tan(1.3 * Math.sin(i)))
    for (const max of [1, 2.5, 4]) {
      const qparams = qparamsFromRange({ min: -max, max }, AFFINE_INT8)
      const health = quantizationHealth(x, qparams)
      const account = accountFor(observationOf([...x]), qparams)
      expect(account.sqnrDb).toBeCloseTo(health.sqnrDb!, 1)
      expect(account.clipErrorShare).toBeCloseTo(health.clipErrorShare, 2)
      expect(account.clipped).toBeCloseTo(health.saturationLow + health.saturationHigh, 2)
      expect(Math.abs(account.usedLevels - health.usedLevels)).toBeLessThanOrEqual(2)
    }
  })

  test('refuses values that are not finite, and none at all', () => {
    const qparams = qparamsFromRange({ min: -1, max: 1 }, AFFINE_INT8)
    expect(() => quantizationHealth(Float32Array.of(1, NaN), qparams)).toThrow(/finite/)
    expect(() => quantizationHealth(new Float32Array(0), qparams)).toThrow(/0 values/)
  })
})
