import { expect, test } from 'vitest'
import { budgetInWords, sampleCount } from '../src/sweep/samples.ts'

test('without a number the samples follow from the work of one inference, 500 at least', () => {
  expect(sampleCount({}, 647_440).most).toBeGreaterThan(10_000)
  expect(sampleCount({}, 12_500_000)).toEqual({ most: 4000, budgetMacs: 50e9 })
  expect(sampleCount({}, 4e9).most).toBe(500)
  expect(sampleCount({}, 0).most).toBe(50e9)
})

test('the reference alone has a budget of its own; a number that is given stands', () => {
  expect(sampleCount({ kernels: ['reference'] }, 1e6)).toEqual({ most: 2000, budgetMacs: 2e9 })
  expect(sampleCount({ kernels: ['reference', 'wasm'] }, 1e6).budgetMacs).toBe(50e9)
  expect(sampleCount({ samples: 7, kernels: ['reference'] }, 1e6)).toEqual({ most: 7 })
  expect(budgetInWords()).toContain('50 billion multiply-adds')
})
