import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { pairedDropInterval } from '../../src/statistics/proportion.ts'
import { auc, binary, f1 } from '../../src/task/binary.ts'
import { tensor } from '../../src/tensor/tensor.ts'

const LOGITS = { threshold: 0.5, outputs: 'logits' } as const
const PROBABILITIES = { threshold: 0.7, outputs: 'probabilities' } as const

/** Scores of few kinds, so that many are equal, and a label each. */
const scored = fc.array(fc.tuple(fc.integer({ min: -3, max: 3 }), fc.nat(1)), { minLength: 1, maxLength: 40 })

describe('a decision', () => {
  test('has an AUC that is the share of pairs in order, equal ones half', () => {
    fc.assert(
      fc.property(scored, (rows) => {
        const of = (wanted: number): number[] =>
          rows.flatMap(([score, label]) => (label === wanted ? score : []))
        const pairs = of(1).flatMap((yes) => of(0).map((no) => (yes > no ? 1 : yes === no ? 0.5 : 0)))
        const plain = pairs.length === 0 ? undefined : pairs.reduce<number>((a, b) => a + b, 0) / pairs.length
        const [scores, labels] = [0, 1].map((at) => rows.map((row) => row[at]))
        const area = auc(Float64Array.from(scores), Int32Array.from(labels))
        if (plain === undefined) expect(area).toBeUndefined()
        else expect(area).toBeCloseTo(plain, 12)
      }),
    )
    expect(auc(Float64Array.of(NaN, 1), Int32Array.of(0, 1))).toBeUndefined()
  })

  test('has an F1 that is the harmonic mean of precision and recall', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(1), fc.nat(1)), { minLength: 1 }), (rows) => {
        const count = (answer: number, label: number): number =>
          rows.filter(([a, l]) => a === answer && l === label).length
        const [hits, alarms, misses] = [count(1, 1), count(1, 0), count(0, 1)]
        const [precision, recall] = [hits / (hits + alarms), hits / (hits + misses)]
        const plain = hits === 0 ? 0 : (2 * precision * recall) / (precision + recall)
        const [answers, labels] = [0, 1].map((at) => Int32Array.from(rows, (row) => row[at]))
        expect(f1(answers, labels)).toBeCloseTo(plain, 12)
      }),
    )
  })

  test('says yes from the threshold on: of probabilities, of logits, and of two outputs of either', () => {
    expect(binary.answer(Float32Array.of(0.69, 0.71, NaN), 3, PROBABILITIES)).toEqual(Int32Array.of(0, 1, -1))
    expect(binary.answer(Float32Array.of(-0.1, 0, 0.1), 3, LOGITS)).toEqual(Int32Array.of(0, 1, 1))
    // The logit of 0.7 is 0.847.
    const strict = { ...LOGITS, threshold: 0.7 }
    expect(binary.answer(Float32Array.of(0.84, 0.85), 2, strict)).toEqual(Int32Array.of(0, 1))
    expect(binary.answer(Float32Array.of(5, 5.8, /**/ 5, 5.9), 2, strict)).toEqual(Int32Array.of(0, 1))
    expect(binary.answer(Float32Array.of(0.4, 0.6, /**/ 0.2, 0.8), 2, PROBABILITIES)).toEqual(
      Int32Array.of(0, 1),
    )
    expect(() => binary.answer(Float32Array.of(1), 1)).toThrow('needs its threshold')
  })

  test('scores the share of right answers, and a loss with the interval of paired proportions', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(1), fc.nat(1), fc.nat(1)), { minLength: 1 }), (rows) => {
        const labels = Int32Array.from(rows, ([label]) => label)
        const [ours, fp32] = [1, 2].map((at) =>
          binary.tally(
            Float32Array.from(rows, (row) => row[at] - 0.5),
            labels,
            rows.length,
            LOGITS,
          ),
        )
        const count = (test: (row: readonly number[]) => boolean): number => rows.filter(test).length
        const lost = count(([label, our, their]) => their === label && our !== label)
        const gained = count(([label, our, their]) => their !== label && our === label)
        expect(ours.value).toBe(count(([label, our]) => our === label) / rows.length)
        expect(binary.lossOf(ours, fp32)).toEqual({
          loss: (lost - gained) / rows.length,
          ci95: pairedDropInterval(lost, gained, rows.length),
          samples: rows.length,
        })
      }),
    )
  })

  test('reads 0 and 1 of any dtype, one a sample or one-hot, and refuses all else in one line', () => {
    const read = (shape: readonly number[], values: readonly number[]): unknown =>
      binary.readLabels(tensor('float32', shape, Float32Array.from(values)), 1)
    for (const shape of [[3], [3, 1]]) expect(read(shape, [0, 1, 1])).toEqual(Int32Array.of(0, 1, 1))
    expect(read([2, 2], [1, 0, 0, 1])).toEqual(Int32Array.of(0, 1))
    expect(() => read([2], [0, 2])).toThrow('label 2 at [1] is neither 0 nor 1')
    expect(() => read([2], [0, 0.5])).toThrow('label 0.5 at [1] is not a whole number')
    expect(() => read([2, 2], [1, 1, 0, 1])).toThrow('rows of 2 with a single 1, this is float32 [2, 2]')
    expect(() => read([], [1])).toThrow('this is float32 []')
  })

  test('has the share of the more frequent answer as its baseline, and is for one or two outputs', () => {
    expect(binary.baseline(Int32Array.of(0, 0, 0, 1), 4)).toBe(0.75)
    expect([1, 2, 3].map(binary.unfit)).toEqual([
      undefined,
      undefined,
      expect.stringContaining('has 3 outputs'),
    ])
  })
})
