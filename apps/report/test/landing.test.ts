import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { describeInBrowser, openReport } from './browser/open.ts'
import { syntheticRun } from './run/synthetic.ts'

const isLong = process.env['OCTET_TESTS'] === 'long'
const run = syntheticRun()
const [{ workload, tensor }] = run.layers.toReversed()
const cell = run.cells[40].key

/** Addresses that the page makes, and those of earlier reports, with the view that they lead to. */
const ADDRESSES = [
  ['#decision?drop-classification=2&latency=0.9', 'decision'],
  [`#workload?workload=${workload}`, 'workload'],
  ['#cells?precision=int8&sort=-accuracy', 'cells'],
  [`#cells?${new URLSearchParams({ cell })}`, 'cells'],
  [`#layers?${new URLSearchParams({ workload, tensor })}`, 'layers'],
  ['#pipeline', 'pipeline'],
  ['#kernels', 'kernels'],
  ['#training', 'training'],
  ['#compare', 'compare'],
  ['#environment', 'environment'],
  ['#overview', 'decision'],
  ['#sweep?precision=int8', 'cells'],
  [`#workload-${workload}`, 'workload'],
  [`#layers?${new URLSearchParams({ layers: workload, tensor })}`, 'layers'],
] as const

describeInBrowser('an address', () => {
  test.each(isLong ? (['reduce', 'no-preference'] as const) : (['no-preference'] as const))(
    'lands where it says, motion %s',
    async (motion) => {
      const { page } = await openReport([run], { motion, width: 768 })
      for (const [hash, view] of ADDRESSES) {
        await page.evaluate((to) => location.replace(to), hash)
        await page.reload()
        await page.locator('main').waitFor()
        // Before its charts are drawn, as far as a test can be that quick, and after.
        const lands = hash.includes('tensor=')
        expect(await offBy(page, view, lands), hash).toBeLessThan(10)
        if ((await page.locator('.chart-canvas').count()) > 0)
          await page.locator('.chart svg').first().waitFor()
        expect(await offBy(page, view, lands), hash).toBeLessThan(10)
      }
    },
  )

  test('on a phone leads to its tensor, with nothing on top of it', async () => {
    const { page } = await openReport([run], {
      width: 360,
      hash: `#layers?${new URLSearchParams({ workload, tensor })}`,
    })
    await page.locator('.layer-focus svg').first().waitFor()
    const offset = await page.locator('.layer-focus').evaluate((place) => place.getBoundingClientRect().top)
    expect(Math.abs(offset - 16)).toBeLessThan(10)
    const { bottom } = await page
      .locator('.masthead')
      .evaluate((head) => ({ bottom: head.getBoundingClientRect().bottom }))
    expect(bottom).toBeLessThan(offset)
  })

  test('of a view or a filter that the run lacks says so', async () => {
    const { page } = await openReport([run], { hash: '#nowhere' })
    expect(await page.locator('.wrong').textContent()).toBe('This run has no view “nowhere”.')
    const { page: cells } = await openReport([run], { hash: '#cells?precision=int9' })
    expect(await cells.locator('.shown').textContent()).toContain('no cell has precision “int9”')
    const { page: other } = await openReport([run], { hash: '#workload?workload=x' })
    expect(await other.locator('.wrong').textContent()).toContain('no workload “x”')
  })
})

/** Pixels between where the page stands and where the address leads: its tensor, or the top of its view. */
async function offBy(page: Page, view: string, lands: boolean): Promise<number> {
  await page.evaluate(
    () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))),
  )
  expect(await page.locator('.view').getAttribute('id')).toBe(view)
  expect(await page.locator('[data-landing]').count()).toBe(Number(lands))
  return page.evaluate(() => {
    const landing = document.querySelector('[data-landing]')
    if (landing === null) return window.scrollY
    const padding = Number.parseFloat(getComputedStyle(document.documentElement).scrollPaddingTop)
    const root = document.documentElement
    const lowest = root.scrollHeight - root.clientHeight
    const wanted = Math.min(window.scrollY + landing.getBoundingClientRect().top - padding, lowest)
    return Math.abs(window.scrollY - wanted)
  })
}
