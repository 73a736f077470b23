import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { pairedDropInterval } from '../../src/statistics/proportion.ts'
import { classification } from '../../src/task/classification.ts'
import { gain } from '../../src/task/task.ts'
import { tensor } from '../../src/tensor/tensor.ts'

/** Outputs of two classes of which the class given is the larger. */
const answering = (classes: readonly number[]): Float32Array =>
  Float32Array.from(classes.flatMap((one) => (one === 0 ? [1, 0] : [0, 1])))

describe('classification', () => {
  test('answers with the first of the largest outputs, and with no class where one is NaN', () => {
    const outputs = Float32Array.of(0, 2, 2, /**/ -1, -3, -2, /**/ 1, NaN, 5)
    expect(classification.answer(outputs, 3)).toEqual(Int32Array.of(1, 0, -1))
  })

  test('scores the share of right answers, and a loss with the interval of paired proportions', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(1), fc.nat(1), fc.nat(1)), { minLength: 1 }), (rows) => {
        const labels = Int32Array.from(rows, ([label]) => label)
        const [ours, fp32] = [1, 2].map((at) =>
          classification.tally(answering(rows.map((row) => row[at])), labels, rows.length),
        )
        const count = (test: (row: readonly number[]) => boolean): number => rows.filter(test).length
        const lost = count(([label, our, their]) => their === label && our !== label)
        const gained = count(([label, our, their]) => their !== label && our === label)
        expect(ours.value).toBe(count(([label, our]) => our === label) / rows.length)
        expect(classification.lossOf(ours, fp32)).toEqual({
          loss: (lost - gained) / rows.length,
          ci95: pairedDropInterval(lost, gained, rows.length),
          samples: rows.length,
        })
      }),
    )
  })

  test('has the share of the largest class as its baseline', () => {
    expect(classification.baseline(Int32Array.of(0, 0, 0, 1), 4)).toBe(0.75)
    expect(classification.baseline(Int32Array.of(2, 2), 2)).toBe(1)
  })

  test('reads whole numbers within the classes and one-hot rows, and says how labels look for all else', () => {
    const oneHot = tensor('float32', [2, 3], Float32Array.of(0, 0, 1, 1, 0, 0))
    expect(classification.readLabels(oneHot, 3)).toEqual(Int32Array.of(2, 0))
    expect(classification.readLabels(tensor('float32', [2, 1], Float32Array.of(2, 1)), 3)).toEqual(
      Int32Array.of(2, 1),
    )
    expect(classification.readLabels(tensor('uint8', [3], Uint8Array.of(0, 2, 1)), 3)).toEqual(
      Int32Array.of(0, 2, 1),
    )
    expect(() => classification.readLabels(tensor('float32', [2, 3]), 3)).toThrow(
      'labels are one whole number a sample, or rows of 3 with a single 1, this is float32 [2, 3]',
    )
    expect(() => classification.readLabels(tensor('int32', [2], Int32Array.of(0, 3)), 3)).toThrow(
      "label 3 at [1] is not one of the model's classes 0 to 2",
    )
  })

  test('gains where accuracy grows; a metric of errors gains where it falls', () => {
    expect(gain(classification, 0.5, 0.75)).toBe(0.25)
    expect(gain({ higherIsBetter: false }, 0.5, 0.75)).toBe(-0.25)
  })
})
