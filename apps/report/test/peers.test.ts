import { expect, test } from 'vitest'
import { describeInBrowser, openReport } from './browser/open.ts'
import { RUNS } from './run/runs.ts'

describeInBrowser('kernels beside peers', () => {
  const [, run] = RUNS.at(-1)!

  test('a peer that wins is said to win, in words', async () => {
    const { page } = await openReport([run], { hash: '#kernels' })
    expect(await page.locator('#kernels .winners').textContent()).toBe(
      'another FP32 beats our FP32 on 1 of 1 shapes',
    )
    expect(await page.locator('#kernels').textContent()).not.toContain('a third FP32 beats')
  })

  test('whole models are won and lost in words, on as many as they are', async () => {
    const [race] = run.models!
    const against = (ratio: number): (typeof race.times)[number] => ({
      by: 'a peer',
      precision: 'fp32',
      samples: race.times[0].samples,
      overhead: race.times[0].overhead,
      ours: [{ precision: 'int8', ratio: { ratio, ci95: [ratio * 0.9, ratio * 1.1] } }],
    })
    const models = [0.03, 0.05, 2].map((ratio) => Object.assign({}, race, { times: [against(ratio)] }))
    const { page } = await openReport([{ ...run, models }], { hash: '#kernels' })
    const outcomes = page.locator('#kernels .outcomes')
    expect(await outcomes.locator('.loss').allTextContents()).toEqual([
      'a peer FP32 beats our INT8 on 2 of 3 models: it takes 0.030 to 0.050× our time.',
    ])
    expect(await outcomes.locator('.gain').allTextContents()).toEqual([
      'a peer FP32 loses to our INT8 on 1 of 3 models: it takes 2.00× our time.',
    ])
  })

  test('what was not timed is listed with its reason', async () => {
    const { page } = await openReport([run], { hash: '#kernels' })
    expect(await page.locator('#kernels').textContent()).toContain('it fails <b>conformance</b>')
  })

  test('a run of kernels alone has a page of its own, without a sweep', async () => {
    const { page, complaints } = await openReport([{ ...run, cells: [], layers: [], workloads: [] }])
    expect(await page.locator('h1').textContent()).toContain('Kernels on')
    expect(await page.locator('#cells').count()).toBe(0)
    expect(complaints).toEqual([])
  })
})
