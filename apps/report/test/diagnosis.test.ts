import { transformsOf } from '@octet/results'
import { expect, test } from 'vitest'
import { describeInBrowser, openReport } from './browser/open.ts'
import { syntheticRun } from './run/synthetic.ts'

const run = syntheticRun()
const [clean, faulty] = run.workloads.map(({ id }) => `#workload?workload=${id}`)

describeInBrowser('what the sweep found in the calibration data', () => {
  test('lists every finding, the worst first, FP16 apart', async () => {
    const { page } = await openReport([run], { hash: faulty })
    const of = run.findings!.filter(({ workload }) => workload === run.workloads[1].id)
    const [data, fp16] = await page.locator('.diagnosis section').all()
    const severities = await data.locator('.severity').allTextContents()
    expect(severities).toEqual(['fault', 'fault', 'warning', 'warning', 'warning', 'note'])
    expect(await fp16.locator('.severity').allTextContents()).toEqual(['fault'])
    const text = (await page.locator('.diagnosis').textContent())!.toLowerCase()
    for (const { verdict } of of) expect(text).toContain(verdict.toLowerCase())
  })

  test('is said to be no fault where nothing was found, and is not mentioned where nothing looked', async () => {
    const { page } = await openReport([run], { hash: clean })
    expect(await page.locator('.diagnosis').textContent()).toBe('Calibration data no fault found')
    const { findings: _, ...older } = run
    const { page: before } = await openReport([older], { hash: clean })
    expect(await before.locator('.diagnosis').count()).toBe(0)
  })
})

describeInBrowser('what the sweep found of a tensor', () => {
  test('is the strategy chosen with its evidence, the shift, the FP16 verdict, and samples at the ends', async () => {
    const { page } = await openReport([run], { hash: '#layers' })
    for (const { tensor, chosen, fp16, stretches } of run.layers.slice(0, 4)) {
      await page.locator('#layers .matrix').getByRole('button', { name: tensor, exact: true }).click()
      const [choice, shift, half, ends] = await page.locator('.layer-card').all()
      expect(await choice.locator('h3 strong').textContent()).toBe(chosen!.calibration)
      expect(await choice.locator('tbody tr').count()).toBe(chosen!.evidence.length)
      expect(await choice.locator('tbody th').first().textContent()).toBe(chosen!.calibration)
      expect(await shift.locator('dt').count()).toBe(4)
      expect(await half.textContent()).toContain(fp16!.verdict)
      const samples = await ends.locator('tbody tr td:nth-of-type(1)').allTextContents()
      expect(samples).toEqual(stretches!.map(({ sample }) => `${sample}`))
      const isLarge = stretches!.some(({ share }) => share >= 0.1)
      expect(await ends.locator('h3 strong').textContent()).toMatch(isLarge ? /^one sample/ : /^no sample/)
      const marked = page.locator('.layer-focus tbody tr', { has: page.locator('.tag.auto') })
      expect(await marked.locator('th').textContent()).toContain(chosen!.calibration)
    }
  })

  test('is left out of a run that did not look', async () => {
    const layers = run.layers.map(({ workload, tensor, range, histogram, perCalibration }) => ({
      workload,
      tensor,
      range,
      histogram,
      perCalibration,
    }))
    const { page, complaints } = await openReport([{ ...run, layers }], { hash: '#layers' })
    expect(await page.locator('.layer-focus').count()).toBe(1)
    expect(await page.locator('.layer-card, .tag.auto').count()).toBe(0)
    expect(complaints).toEqual([])
  })
})

describeInBrowser('4-bit weights', () => {
  test('can be told and filtered from 8-bit ones, with what was done to them', async () => {
    const { page } = await openReport([run], { hash: '#cells' })
    const narrow = run.cells.filter(({ weights }) => weights.bits === 4)
    await page.locator('#cells').getByLabel('Bits').selectOption('W4A8')
    const rows = page.locator('#cells tbody tr:not(.note)')
    expect(await rows.count()).toBe(narrow.length)
    await page.locator('#cells').getByLabel('Transforms').selectOption('equalize')
    expect(await rows.count()).toBe(narrow.filter((cell) => transformsOf(cell).join() === 'equalize').length)
    expect(await rows.locator('.mark.hollow').count()).toBe(await rows.count())
  })

  test('have neither filter nor column in a run without them', async () => {
    const cells = run.cells.filter(({ weights }) => weights.bits !== 4)
    const { page } = await openReport([{ ...run, cells }], { hash: '#cells' })
    expect(await page.locator('#cells').getByLabel('Bits').count()).toBe(0)
    expect(await page.locator('#cells th', { hasText: 'Bits' }).count()).toBe(0)
    expect(await page.locator('.mark.hollow').count()).toBe(0)
  })

  test('have rows of their own in the drop by calibration', async () => {
    const { page } = await openReport([run], { hash: '#workload' })
    const chart = page.locator('figure', { hasText: 'Drop by calibration' }).first()
    await expect.poll(() => chart.locator('svg').first().textContent()).toContain('4-bit weights')
    expect(await chart.locator('.legend').textContent()).toContain('4-bit weights')
  })
})
