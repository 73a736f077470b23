import { readFile } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { describeInBrowser, openReport } from './browser/open.ts'
import { largeRun } from './run/large.ts'

/** Most elements that a view may have at once, whatever the run holds. */
const MOST_ELEMENTS = 8000
const SCRIPT_BUDGET = 200_000

describe('the script of the report', () => {
  test('stays within its budget, compressed', async () => {
    const template = await readFile(new URL('../dist/index.html', import.meta.url))
    expect(gzipSync(template).length).toBeLessThan(SCRIPT_BUDGET)
  })
})

describeInBrowser('a run of 2,000 cells and 200 layers in 10 workloads', () => {
  const run = largeRun()

  test('draws what is needed of each view; what it takes is printed', async () => {
    expect([run.cells.length, run.layers.length, run.workloads.length]).toEqual([2000, 200, 10])
    const { page, complaints } = await openReport([run])
    const paint = await page.evaluate(() => performance.getEntriesByType('paint').at(-1)?.startTime ?? NaN)
    const lines = [`first paint ${paint.toFixed(0)} ms`]
    for (const view of ['Workload', 'Cells', 'Layers', 'Kernels', 'Compare', 'Environment', 'Decision']) {
      const ms = await timeOf(page, `nav a[data-view="${view.toLowerCase()}"]`, 'click')
      const elements = await page.locator('*').count()
      expect(elements, view).toBeLessThan(MOST_ELEMENTS)
      lines.push(`${view} ${ms.toFixed(0)} ms, ${elements} elements`)
    }
    lines.push(`a goal ${(await timeOf(page, 'input[type="range"]', 'ArrowLeft')).toFixed(0)} ms`)
    await page.goto(page.url().replace(/#.*/, '#cells'))
    const sort = await timeOf(page, '#cells thead th:nth-child(3) button', 'click')
    lines.push(`sorting the cells ${sort.toFixed(0)} ms`)
    process.stdout.write(`2,000 cells: ${lines.join('; ')}\n`)
    expect(complaints).toEqual([])
  })

  test('draws further rows as the table is scrolled', async () => {
    const { page } = await openReport([run], { hash: '#cells' })
    const rows = page.locator('#cells tbody tr:not(.note)')
    const first = await rows.count()
    expect(first).toBeLessThan(200)
    await page.locator('#cells .scroller').evaluate((element) => element.scrollTo(0, element.scrollHeight))
    await expect.poll(() => rows.count()).toBeGreaterThan(first)
  })

  test('fills a screen that holds more rows than it draws at first', async () => {
    const { page } = await openReport([run], { hash: '#cells' })
    await page.setViewportSize({ width: 1440, height: 6000 })
    const last = page.locator('#cells tbody tr').last()
    await expect.poll(async () => (await last.boundingBox())?.y).toBeGreaterThan(6000)
  })
})

/** Milliseconds from a click or a key on an element to the second frame after it. */
async function timeOf(page: Page, selector: string, act: string): Promise<number> {
  const element = page.locator(selector).first()
  await element.evaluate((node, act) => {
    const global = globalThis as unknown as { took: Promise<number> }
    global.took = new Promise((resolve) => {
      const listen = (): void => {
        const start = performance.now()
        requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now() - start)))
      }
      node.addEventListener(act === 'click' ? 'click' : 'keydown', listen, { once: true, capture: true })
    })
  }, act)
  if (act === 'click') await element.click()
  else await element.press(act)
  return page.evaluate(() => (globalThis as unknown as { took: Promise<number> }).took)
}
