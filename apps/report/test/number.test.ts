import type { TaskScore } from '@octet/results'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  bytes,
  decibels,
  duration,
  fixed,
  grouped,
  share,
  signed,
  significant,
} from '../src/format/number.ts'
import { byteScale, timeScale } from '../src/format/scale.ts'
import { lossWithInterval } from '../src/format/task.ts'

const SCORE: TaskScore = {
  id: 'classification',
  metric: 'top-1 accuracy',
  unit: 'fraction',
  higherIsBetter: true,
  value: 0.9,
  fp32: 0.9,
  loss: 0,
  ci95: [0, 0],
  samples: 100,
  device: 'd',
}

describe('numbers as text', () => {
  test('a value that rounds to zero has no sign', () => {
    expect(fixed(-0.004, 2)).toBe('0.00')
    expect(fixed(-0.006, 2)).toBe('−0.01')
  })

  test('three significant digits keep the value within half of the last one', () => {
    fc.assert(
      fc.property(fc.double({ min: -1e9, max: 1e9, noNaN: true }), (value) => {
        const back = Number(significant(value).replaceAll('−', '-'))
        expect(Math.abs(back - value)).toBeLessThanOrEqual(Math.abs(value) * 0.00501)
      }),
    )
  })

  test('a duration has the unit that keeps it short', () => {
    expect([812, 1_240, 1_240_000, 61e9].map(duration)).toEqual(['812 ns', '1.24 µs', '1.24 ms', '61.0 s'])
  })

  test('bytes have the unit that keeps them short', () => {
    expect([0, 975, 26_726, 8.5e9].map(bytes)).toEqual(['0 B', '975 B', '26.7 kB', '8.50 GB'])
  })

  test('a share too small for two decimals is not shown as none', () => {
    expect([0, 0.00001, 0.0123].map(share)).toEqual(['0%', '<0.01%', '1.23%'])
  })

  test('an infinite ratio is no error', () => {
    expect([null, 31.94, -2.5].map(decibels)).toEqual(['∞', '31.9', '−2.5'])
  })

  test('a drop keeps its sign and that of its interval', () => {
    expect(lossWithInterval({ ...SCORE, loss: -0.0024, ci95: [-0.0048, 0.0002] })).toBe(
      'drop −0.24 points [−0.48, 0.02]',
    )
  })

  test('digits are grouped by thousands', () => {
    expect([10_000, -128].map((value) => grouped(value))).toEqual(['10,000', '−128'])
  })
})

test('a sentence gets the signs of the page, and its flags and shapes stay', () => {
  const sentence = 'a drop of -0.41 (-1 to 2) at 1.64x of 28x28 and x2: --samples 960, W4-8'
  expect(signed(sentence)).toBe('a drop of −0.41 (−1 to 2) at 1.64× of 28x28 and x2: --samples 960, W4-8')
})

test('a scale fits the largest of more figures than a call takes arguments', () => {
  const figures = Array.from({ length: 400_000 }, (_, i) => i)
  expect(timeScale(figures).unit).toBe('µs')
  expect(byteScale(figures)).toMatchObject({ unit: 'kB', size: 1e3 })
})
