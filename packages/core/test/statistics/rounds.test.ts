import { describe, expect, test } from 'vitest'
import {
  affordableRounds,
  type Contender,
  copiesWithin,
  race,
  repeatsWithin,
} from '../../src/statistics/index.ts'

const EFFORT = { rounds: 9, regionNs: 100, budgetNs: 1000 }

describe('rounds', () => {
  test('are as many as the budget allows, and never fewer than an interval needs', () => {
    expect(affordableRounds(EFFORT, 125)).toBe(8)
    expect(affordableRounds(EFFORT, 1)).toBe(9)
    expect(affordableRounds(EFFORT, 1e9)).toBe(6)
  })

  test('give every contender its turn, and another one begins each round', async () => {
    const turns: string[] = []
    const contender = (name: string): Contender => ({
      fill: async (regionNs) => regionNs / 2,
      run: async () => void turns.push(name),
    })
    await race(['a', 'b', 'c'].map(contender), { ...EFFORT, budgetNs: 900 })
    expect(turns.join('')).toBe('abcbcacababcbcacab')
  })
})

describe('repetitions', () => {
  test('fill the region, at least one and at most as many as are allowed', () => {
    expect(repeatsWithin(100, 30)).toBe(4)
    expect(repeatsWithin(100, 500)).toBe(1)
    expect(repeatsWithin(100, 0)).toBe(100)
    expect(repeatsWithin(100, 1, 8)).toBe(8)
  })

  test('by the wall clock grow by eight at most until they fill the region', async () => {
    const tried: number[] = []
    const filled = await copiesWithin(1000, async (copies) => {
      tried.push(copies)
      return 10 * copies
    })
    expect(tried).toEqual([1, 8, 64, 120])
    expect(filled).toEqual({ copies: 120, ns: 1200 })
  })
})
