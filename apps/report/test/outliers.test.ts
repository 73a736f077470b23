import { parseRun, recommend, type Run } from '@octet/results'
import { expect, test } from 'vitest'
import { noiseBand } from '../src/compare/band.ts'
import { farRounds } from '../src/kernels/outliers.ts'
import { describeInBrowser, openReport } from './browser/open.ts'
import { syntheticRun } from './run/synthetic.ts'

const shown = syntheticRun()
const { cell } = recommend(shown).choices[0]
const median = cell!.latency!.median

/** Earlier runs of one build whose time of every program is that of the run shown, times a factor. */
function earlier(...factors: readonly number[]): Run[] {
  return factors.map((factor, i) => {
    const cells = shown.cells.map((one) =>
      one.latency === undefined
        ? one
        : Object.assign({}, one, { latency: { ...one.latency, median: one.latency.median * factor } }),
    )
    const startedAt = `2026-01-0${i + 1}T08:00:00.000Z`
    const run = Object.assign({}, shown.run, { id: `earlier-${i}`, commit: 'a'.repeat(40), startedAt })
    return Object.assign({}, shown, { cells, run })
  })
}

test('a band holds what equal runs differ by, and is not drawn from two of them', () => {
  expect(noiseBand([shown, ...earlier(1, 1.1)], shown, cell!)).toBeUndefined()
  const [lo, hi] = noiseBand([shown, ...earlier(1, 1.1, 0.9)], shown, cell!)!
  expect(lo * hi).toBeCloseTo(median ** 2, -2)
  // Two-sided Student's t of 5% with two degrees of freedom is 4.303.
  const logs = [1, 1.1, 0.9].map(Math.log)
  const mean = (logs[0] + logs[1] + logs[2]) / 3
  const deviation = Math.sqrt(logs.reduce((sum, one) => sum + (one - mean) ** 2, 0) / 2)
  expect(Math.log(hi / median)).toBeCloseTo(Math.SQRT2 * 4.303 * deviation, 3)
  expect(noiseBand([shown, ...earlier(1, 1, 1)], shown, cell!)).toEqual([median, median])
})

test('a round is far off by its modified z-score', () => {
  expect(farRounds([10, 11, 12, 11, 10, 12, 11, 40])).toBe(1)
  expect(farRounds([10, 11, 12, 11, 10, 12, 11, 12])).toBe(0)
  expect(farRounds([5, 5, 5, 9])).toBe(0)
})

describeInBrowser('figures that stand out', () => {
  test('a rate above the measured peak ends at the peak and is explained; rounds far off are counted', async () => {
    const [first, ...others] = shown.kernels
    const samples = [10, 11, 12, 11, 10, 12, 11, 40].map((ms) => ms * 1e6)
    const fast = { ...first, samples, gops: 83.2, ofPeak: { unit: 'f32', share: 4 } as const }
    const { page, complaints } = await openReport([parseRun({ ...shown, kernels: [fast, ...others] })], {
      hash: '#kernels',
    })
    const table = page.getByRole('region', { name: /^Matrix products/ })
    expect(await table.locator('.past').count()).toBe(1)
    expect(await table.textContent()).toContain('1 rate lies above the measured peak')
    expect(await table.locator('.far').first().textContent()).toBe(' 1 of 8 rounds far off')
    expect(complaints).toEqual([])
  })

  test('the history says whether the noise between equal runs is known', async () => {
    for (const [runs, words] of [
      [earlier(1, 1.1), 'That noise is unknown'],
      [earlier(1, 1.1, 0.9), '95 in 100 equal runs lie within'],
    ] as const) {
      const { page } = await openReport([shown, ...runs], { hash: '#compare' })
      await page.locator('#compare figure svg').waitFor()
      expect(await page.locator('#compare figure').textContent()).toContain(words)
      expect(await page.locator('#compare figure [data-mark="area"]').count()).toBe(runs.length > 2 ? 1 : 0)
    }
  })
})
