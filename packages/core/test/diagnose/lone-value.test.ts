import { describe, expect, test } from 'vitest'
import { Observer } from '../../src/calibrate/observer.ts'
import { loneValue } from '../../src/diagnose/lone-value.ts'
import type { CalibrationFinding } from '../../src/diagnose/finding.ts'
import { Random } from '../../src/statistics/random.ts'

const random = new Random(1)

function found(x: ArrayLike<number>): CalibrationFinding[] {
  const observer = new Observer('pressure')
  observer.observe(Float32Array.from(x))
  return loneValue('pressure', observer.observation)
}

const bell = (length: number): number[] => Array.from({ length }, () => random.normal())

describe('a value that sets a range alone', () => {
  test('is named, with the tensor and what the others are within', () => {
    const readings = Array.from({ length: 12_288 }, (_, i) => 0.02 * Math.sin(i * i))
    readings[99] = -9999
    const [{ id, severity, tensor, verdict }] = found(readings)
    expect([id, severity, tensor]).toEqual(['lone-value', 'warning', 'pressure'])
    expect(verdict).toMatch(
      /^1 of 12288 values of "pressure" sets its range alone: it reaches -9999, all others/,
    )
    expect(verdict).toMatch(/within 0\.02\d* of zero/)
  })

  test('may come several times, and differ a little', () => {
    const [{ verdict }] = found([...bell(5000), 999, 1001, 998, 4])
    expect(verdict).toMatch(/^3 of 5004 values of "pressure" set its range alone: they reach 1001/)
  })

  test('is not found in clean data, of one bell or many, of one sign, or mostly zeros', () => {
    for (const clean of [
      bell(30),
      bell(20_000),
      bell(20_000).map((x) => Math.max(x, 0)),
      bell(20_000).map((x) => x ** 3),
      bell(20_000).map((x) => Math.exp(x)),
      bell(2000).map((x, i) => (i % 2 ? x : 1000 + x)),
      new Float32Array(500),
      [5],
      [],
    ])
      expect(found(clean)).toEqual([])
  })

  test('is not said of data too few to know what is usual', () => {
    expect(found([1, 2, 3, 5000])).toEqual([])
  })
})
