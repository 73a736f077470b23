import { describe, expect, test } from 'vitest'
import { warmUp } from '../../src/statistics/index.ts'

describe('a warm-up', () => {
  /** Work that takes less from run to run, down to `warmNs` after so many runs. */
  function cooling(coldNs: number, warmNs: number, after: number) {
    let runs = 0
    const time = async (repeats: number): Promise<number> => {
      const ns = runs >= after ? warmNs : coldNs + ((warmNs - coldNs) * runs) / after
      runs += repeats
      return ns
    }
    return { time, runs: () => runs }
  }

  test('lasts until the work is no longer faster', async () => {
    const work = cooling(1e5, 1e4, 100)
    expect(await warmUp(work.time, 1e7)).toBe(1e4)
    expect(work.runs()).toBeGreaterThan(100)
  })

  test('of steady work is three readings beside the first', async () => {
    const work = cooling(1e4, 1e4, 0)
    expect(await warmUp(work.time, 1e6)).toBe(1e4)
    expect(work.runs()).toBe(1 + 3 * 25)
  })

  test('takes three regions at most, and one run of work that fills a region', async () => {
    const slow = cooling(1e5, 1e4, 1e6)
    await warmUp(slow.time, 1e6)
    expect(slow.runs() * 1e5).toBeLessThan(4e6)
    const long = cooling(2e6, 1e6, 100)
    expect(await warmUp(long.time, 1e6)).toBe(2e6)
    expect(long.runs()).toBe(1)
  })
})
