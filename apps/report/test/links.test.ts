import { expect, test } from 'vitest'
import { describeInBrowser, openReport } from './browser/open.ts'
import { planned } from './run/planned.ts'
import { syntheticRun } from './run/synthetic.ts'

const run = syntheticRun()
const [first, second] = run.workloads.map(({ id }) => id)

describeInBrowser('a link', () => {
  test('to cells leads to all that it counts, whatever was filtered before', async () => {
    const { page } = await openReport([run], { hash: `#decision?precision=fp16&workload=${second}` })
    const failed = run.cells.filter(({ status }) => status === 'failed').length
    expect(failed).toBeGreaterThan(0)
    await page.getByRole('link', { name: /cells? failed$/ }).click()
    expect(await page.locator('#cells .shown').textContent()).toBe(`${failed} of ${run.cells.length} cells`)
    await page.evaluate((id) => location.assign(`#workload?precision=fp16&workload=${id}`), second)
    await page.getByRole('link', { name: 'All cells of this workload' }).click()
    const all = run.cells.filter(({ workload }) => workload === second).length
    expect(await page.locator('#cells .shown').textContent()).toBe(`${all} of ${run.cells.length} cells`)
  })

  test('to another workload takes the note of a wrong one away', async () => {
    const { page } = await openReport([run], { hash: '#workload?workload=x' })
    expect(await page.locator('.wrong').textContent()).toContain('no workload “x”')
    await page.locator('select[name="workload"]').selectOption(second)
    expect(await page.locator('.wrong').count()).toBe(0)
  })
})

describeInBrowser('the grid of calibrators', () => {
  test('stays as it is where a cell is opened from it, the focus and the place with it', async () => {
    const { page } = await openReport([run], { hash: `#workload?workload=${first}` })
    const grid = page.locator('.workload .scroller', { hasText: 'Calibrators on' })
    await grid.evaluate((element) => (element.style.maxHeight = '120px'))
    const cell = grid.locator('.heat').last()
    await cell.focus()
    const place = await grid.evaluate((element) => element.scrollTop)
    expect(place).toBeGreaterThan(0)
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').waitFor()
    await page.keyboard.press('Escape')
    await expect.poll(() => page.url()).not.toContain('cell=')
    expect(await cell.evaluate((element) => element === document.activeElement)).toBe(true)
    expect(await grid.evaluate((element) => element.scrollTop)).toBe(place)
  })

  test('has a row and a column for mixed plans, and no 8-bit weights that they do not have', async () => {
    const int8 = run.cells.find(({ workload, calibration }) => workload === first && calibration === 'mse')!
    const cells = [
      int8,
      planned(int8, 'a', 'mse', { stem: 'fp16', head: 'int8' }),
      planned(int8, 'b', 'mse', { stem: 'int8', head: 'fp16' }),
    ]
    const { page } = await openReport([{ ...run, cells, trainings: [] }], {
      hash: `#workload?workload=${first}`,
    })
    const grid = page.locator('.workload .scroller', { hasText: 'Calibrators on' })
    expect(await grid.locator('thead th').allTextContents()).toEqual([
      'Calibrator',
      expect.stringMatching(/^mixed per-channel weights/),
      expect.stringMatching(/^8-bit per-channel weights/),
    ])
    const plan = 'mse, mixed precision (1 FP16, 1 INT8)'
    expect(await grid.locator('tbody th').allTextContents()).toEqual(['mse', plan, plan])
    expect(
      await grid.locator('tbody tr', { hasText: 'mixed' }).locator('td:nth-of-type(2)').allTextContents(),
    ).toEqual(['–', '–'])
  })
})
