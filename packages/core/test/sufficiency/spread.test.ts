import { describe, expect, test } from 'vitest'
import { Random } from '../../src/statistics/random.ts'
import { studentT } from '../../src/statistics/student.ts'
import { type CurvePoint, spreadOfDraws, spreadOfWhole, sufficiencyOf } from '../../src/sufficiency/spread.ts'
import { drawOf } from '../../src/sufficiency/draw.ts'

const mean = (values: readonly number[]): number => values.reduce((sum, one) => sum + one, 0) / values.length

describe('intervals over draws', () => {
  test('are as worked out by hand', () => {
    const { value, ci95 } = spreadOfDraws([1, 2, 3], 50, 100)!
    expect(value).toBe(2)
    // Variance 1, doubled as half of all is drawn, and a third more for the mean of three.
    expect(ci95[1] - 2).toBeCloseTo(studentT(2) * Math.sqrt((2 * 4) / 3), 12)
    const whole = spreadOfWhole(2, [1, 2, 4], 50, 100)!
    expect(whole.ci95[0]).toBeCloseTo(2 - studentT(3) * Math.sqrt(5 / 3), 12)
    expect(spreadOfDraws([1, Infinity], 5, 10)).toBeNull()
    expect(spreadOfWhole(NaN, [1, 2], 5, 10)).toBeNull()
  })

  test('hold another set nineteen times of twenty, where the figure is a mean', () => {
    const random = new Random(5)
    const [trials, count, size] = [600, 40, 20]
    let [small, whole] = [0, 0]
    for (let trial = 0; trial < trials; trial++) {
      const population = Array.from({ length: count }, () => random.normal())
      const draws = Array.from({ length: 6 }, (_, draw) =>
        mean(Array.from(drawOf(count, trial, draw).subarray(0, size), (row) => population[row])),
      )
      const [lo, hi] = spreadOfDraws(draws, size, count)!.ci95
      const other = mean(Array.from({ length: size }, () => random.normal()))
      small += Number(lo <= other && other <= hi)
      const [from, to] = spreadOfWhole(mean(population), draws, size, count)!.ci95
      whole += Number(from <= 0 && 0 <= to)
    }
    // Of the mean over another set of `size`, whose own samples and those drawn from vary both; and of the truth.
    expect(small / trials).toBeGreaterThan(0.88)
    expect(whole / trials).toBeGreaterThan(0.92)
  })
})

describe('how many samples are enough', () => {
  const point = (samples: number, value: number, half: number): CurvePoint => ({
    samples,
    sqnrDb: null,
    loss: { value, ci95: [value - half, value + half] },
  })

  test('the least size from which on no size leaves more doubt', () => {
    const points = [
      point(4, 3, 1),
      point(8, 1, 0.2),
      point(16, 1.5, 0.6),
      point(32, 1, 0.3),
      point(64, 1, 0.1),
    ]
    expect(sufficiencyOf(points, 'loss', 0.5)).toMatchObject({ enough: 32, doubt: expect.closeTo(0.1, 12) })
    expect(sufficiencyOf(points, 'loss', 9)?.enough).toBe(4)
    expect(sufficiencyOf(points, 'loss', 0.05)?.enough).toBeNull()
    expect(sufficiencyOf(points, 'loss', 0.05)?.doubts[0]).toEqual({ samples: 4, doubt: 3 })
  })

  test('is unknown without the figure', () => {
    expect(sufficiencyOf([point(4, 1, 1)], 'sqnrDb', 1)).toBeUndefined()
  })
})
