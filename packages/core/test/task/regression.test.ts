import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Random } from '../../src/statistics/random.ts'
import { regression } from '../../src/task/regression.ts'
import { tensor } from '../../src/tensor/tensor.ts'

const number = fc.float({ min: -100, max: 100, noNaN: true })

/** Labels, outputs and FP32's outputs of some samples with the same number of outputs each. */
const judged = fc
  .tuple(fc.integer({ min: 2, max: 12 }), fc.integer({ min: 1, max: 3 }))
  .chain(([samples, width]) =>
    fc
      .tuple(
        ...([0, 1, 2] as const).map(() =>
          fc.array(number, { minLength: samples * width, maxLength: samples * width }),
        ),
      )
      .map((arrays) => ({ samples, width, arrays: arrays.map((values) => Float32Array.from(values)) })),
  )

describe('regression', () => {
  test('scores the RMSE beside MAE and R2 by their plain definitions, with the deviation as the scale of goals', () => {
    fc.assert(
      fc.property(judged, ({ samples, width, arrays: [labels, outputs] }) => {
        const errors = Array.from(labels, (label, i) => outputs[i] - label)
        const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length
        const column = (i: number): number[] => [...labels].filter((_, at) => at % width === i % width)
        const deviations = Array.from(labels, (label, i) => label - mean(column(i)))
        const variance = mean(deviations.map((one) => one ** 2))
        const tally = regression.tally(outputs, labels, samples)
        expect(tally.value).toBeCloseTo(Math.sqrt(mean(errors.map((one) => one ** 2))), 9)
        expect(tally.beside!['MAE']).toBeCloseTo(mean(errors.map(Math.abs)), 9)
        expect(tally.scale).toBeCloseTo(Math.sqrt(variance), 9)
        expect(regression.baseline(labels, samples)).toBe(tally.scale)
        if (variance > 1e-6) {
          const r2 = 1 - mean(errors.map((one) => one ** 2)) / variance
          expect(Math.abs(tally.beside!['R2'] - r2)).toBeLessThan(1e-6 * (1 + Math.abs(r2)))
        }
      }),
    )
  })

  test('loses what the RMSE rises by, with a paired interval that the same samples give again', () => {
    fc.assert(
      fc.property(judged, ({ samples, arrays: [labels, outputs, theirs] }) => {
        const [ours, fp32] = [outputs, theirs].map((one) => regression.tally(one, labels, samples))
        const { loss, ci95 } = regression.lossOf(ours, fp32)
        expect(loss).toBe(ours.value - fp32.value)
        expect(ci95[0]).toBeLessThanOrEqual(ci95[1])
        expect(regression.lossOf(ours, fp32).ci95).toEqual(ci95)
        // Paired: a model against itself has lost nothing on any resample.
        expect(regression.lossOf(ours, ours)).toEqual({ loss: 0, ci95: [0, 0], samples })
      }),
      { numRuns: 20 },
    )
  })

  test('has an interval that covers the true rise as often as it says', () => {
    // Errors of deviation 1 beside errors of deviation 1.2 on the same samples: the RMSE rises by 0.2.
    const [trials, samples] = [150, 100]
    const random = new Random(3)
    let covered = 0
    for (let trial = 0; trial < trials; trial++) {
      const labels = new Float32Array(samples)
      const [ours, fp32] = [1.2, 1].map((deviation) =>
        regression.tally(
          Float32Array.from({ length: samples }, () => deviation * random.normal()),
          labels,
          samples,
        ),
      )
      const [lo, hi] = regression.lossOf(ours, fp32).ci95
      covered += Number(lo <= 0.2 && hi >= 0.2)
    }
    expect(covered / trials).toBeGreaterThan(0.9)
  })

  test('reads numbers of any dtype, as many a sample as the model has outputs, and refuses others in a line', () => {
    expect(regression.readLabels(tensor('int8', [2, 1], Int8Array.of(-3, 4)), 1)).toEqual(
      Float32Array.of(-3, 4),
    )
    const pairs = tensor('float32', [2, 2], Float32Array.of(1, 2, 3, 4))
    expect(regression.readLabels(pairs, 2)).toEqual(Float32Array.of(1, 2, 3, 4))
    expect(() => regression.readLabels(pairs, 1)).toThrow(
      'labels are one number a sample, this is float32 [2, 2]',
    )
    expect(() => regression.readLabels(tensor('float32', [3], Float32Array.of(0.1, 0.1, 0.1)), 1)).toThrow(
      'there is nothing to predict',
    )
  })
})
