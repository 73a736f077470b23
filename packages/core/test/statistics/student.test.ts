import { expect, test } from 'vitest'
import { studentTail } from '../../src/statistics/index.ts'
import { studentT } from '../../src/statistics/student.ts'

test('the tails of Student t are those that statistical tables print', () => {
  for (let freedom = 1; freedom <= 30; freedom++)
    expect(studentTail(0.05, freedom)).toBeCloseTo(studentT(freedom), 3)
  expect(studentTail(0.001, 4)).toBeCloseTo(8.61, 2)
  expect(studentTail(0.01, 9)).toBeCloseTo(3.25, 2)
  expect(studentTail(0.0001, 120)).toBeCloseTo(4.025, 2)
  for (const [tail, freedom] of [
    [0, 3],
    [1, 3],
    [0.1, 0],
    [0.1, 1.5],
  ])
    expect(() => studentTail(tail, freedom)).toThrow(RangeError)
})
