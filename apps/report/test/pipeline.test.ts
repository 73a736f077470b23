import { expect, test } from 'vitest'
import { laneName, lanesOf } from '../src/pipeline/lanes.ts'
import { describeInBrowser, openReport } from './browser/open.ts'
import { planned } from './run/planned.ts'
import { syntheticRun } from './run/synthetic.ts'

describeInBrowser('a lane whose stages add up to more than the whole', () => {
  test('is no wider than its figure, and its label has the shares of the table', async () => {
    const run = syntheticRun()
    expect(run.profiles!.every(({ stages }) => stages.restNs < 0)).toBe(true)
    const { page } = await openReport([run], { hash: '#pipeline' })
    const lanes = await page.locator('.flow').evaluateAll((all) =>
      all.map((lane) => ({
        share: lane.getBoundingClientRect().width / lane.parentElement!.getBoundingClientRect().width,
        label: lane.getAttribute('aria-label')!,
      })),
    )
    expect(Math.max(...lanes.map(({ share }) => share))).toBeCloseTo(1, 2)
    for (const [i, { label }] of lanes.entries()) {
      const rows = await page.locator('#pipeline table').first().locator('tbody tr').all()
      const stages = await Promise.all(rows.map((row) => row.locator('td').nth(i).textContent()))
      const shares = stages.flatMap((text) => /−?\d+%$/.exec(text!) ?? [])
      expect(label.match(/−?\d+%/g)).toEqual(shares)
      const sum = shares.reduce((total, share) => total + Number.parseInt(share.replace('−', '-')), 0)
      expect(Math.abs(sum - 100)).toBeLessThanOrEqual(5)
    }
  })
})

describeInBrowser('the way of a sample', () => {
  test('names the bytes of each stage, which sum to those of the whole, and calls ideal energy modelled', async () => {
    const run = syntheticRun()
    const ideal = [{ process: '45 nm', ratio: [3.5, 3.8] as const, source: 'a table' }]
    const profiles = run.profiles!.map((one) =>
      one.precision === 'fp32' ? one : Object.assign({}, one, { ideal }),
    )
    const { page } = await openReport([{ ...run, profiles }], { hash: '#pipeline' })
    const lanes = page.locator('.lane')
    expect(await lanes.first().locator('.passage li').allTextContents()).toEqual([
      'sensor',
      'layers 63.1 kB, 64,288 multiply-adds',
      'answer',
    ])
    expect(await lanes.first().locator('.ideal').count()).toBe(0)
    expect(await lanes.last().locator('.ideal').textContent()).toBe(
      'FP32 takes 3.50 to 3.80 times the energy, modelled for an ideal datapath in 45 nm (a table)',
    )
  })
})

test('a lane of a mixed plan is named by its layers', () => {
  const run = syntheticRun()
  const [{ workload, kernels, adapter }] = run.profiles!
  const lane = lanesOf(run, workload, `${kernels}/${adapter}`).at(-1)!
  expect(laneName(lane)).toMatch(/^INT8, 8-bit per-/)
  const profile = { ...lane.profile, precision: 'mixed' as const }
  const cell = planned(lane.cell!, 'a', 'mse', { stem: 'fp16', head: 'w4a8' })
  expect(laneName({ profile, cell })).toBe('Mixed precision (1 FP16, 1 4-bit)')
})
