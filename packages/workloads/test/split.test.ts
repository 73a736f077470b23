import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { allRows, shuffled, stratify } from '../src/split.ts'

describe('shuffled', () => {
  it('is a permutation that depends on the seed alone', () => {
    fc.assert(
      fc.property(fc.nat(300), fc.integer(), (count, seed) => {
        const order = shuffled(allRows(count), seed)
        expect(order.toSorted()).toStrictEqual(allRows(count))
        expect(shuffled(allRows(count), seed)).toStrictEqual(order)
      }),
    )
  })

  it('gives another order for another seed', () => {
    expect(shuffled(allRows(50), 1)).not.toStrictEqual(shuffled(allRows(50), 2))
  })
})

describe('stratify', () => {
  const labels = fc.array(fc.nat(4), { minLength: 1, maxLength: 200 }).map((list) => Int32Array.from(list))

  it('divides all rows in two, the first part of the size asked for', () => {
    fc.assert(
      fc.property(labels, fc.nat(), fc.integer(), (y, wanted, seed) => {
        const count = wanted % (y.length + 1)
        const [first, rest] = stratify(y, count, seed)
        expect(first).toHaveLength(count)
        expect(Int32Array.of(...first, ...rest).toSorted()).toStrictEqual(allRows(y.length))
      }),
    )
  })

  it('gives every class its share, to within one row', () => {
    fc.assert(
      fc.property(labels, fc.nat(), fc.integer(), (y, wanted, seed) => {
        const count = wanted % (y.length + 1)
        const [first] = stratify(y, count, seed)
        for (const label of new Set(y)) {
          const size = y.filter((other) => other === label).length
          const drawn = first.filter((row) => y[row] === label).length
          expect(Math.abs(drawn - (size * count) / y.length)).toBeLessThan(1)
        }
      }),
    )
  })

  it('leaves no class in front of either part', () => {
    const y = Int32Array.from({ length: 4000 }, (_, row) => Math.floor(row / 1000))
    for (const part of stratify(y, 1000, 1)) {
      const ahead = [0, 1, 2, 3].map(
        (label) => part.subarray(0, 200).filter((row) => y[row] === label).length,
      )
      expect(Math.min(...ahead)).toBeGreaterThan(30)
    }
  })
})
