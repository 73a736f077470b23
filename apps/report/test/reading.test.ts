import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { Run } from '@octet/results'
import type * as Axe from 'axe-core'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { describeInBrowser, openReport } from './browser/open.ts'
import { RUNS } from './run/runs.ts'
import { syntheticRun } from './run/synthetic.ts'

const require = createRequire(import.meta.url)
const axe = await readFile(require.resolve('axe-core/axe.min.js'), 'utf8')

const VIEWS = [
  'decision',
  'workload',
  'cells',
  'layers',
  'pipeline',
  'kernels',
  'training',
  'compare',
  'environment',
]
const WIDTHS = [360, 768, 1440]
const THEMES = ['light', 'dark'] as const
const isLong = process.env['OCTET_TESTS'] === 'long'

for (const [name, run] of RUNS) {
  describeInBrowser(`reading ${name} on a phone`, () => {
    test('needs no sideways scrolling, neither the page nor a cell', async () => {
      for (const hash of ['', dialogOf(run)]) {
        const { page } = await openReport([run], { width: 360, hash })
        await page.locator('.chart svg').first().waitFor()
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360)
      }
    })

    test('shows the way to every view, and every table without sideways scrolling', async () => {
      const { page } = await openReport([run], { width: 360 })
      const links = page.getByRole('navigation').getByRole('link')
      for (const link of await links.all()) {
        const { x, width } = (await link.boundingBox())!
        expect(x + width, (await link.textContent())!).toBeLessThanOrEqual(360)
        await link.click()
        const wide = await page
          .locator('main .scroller')
          .evaluateAll((all) =>
            all.flatMap((one) => (one.scrollWidth > one.clientWidth ? [one.ariaLabel] : [])),
          )
        expect(wide).toEqual([])
      }
    })
  })
}

describeInBrowser('reading a run with every state in it', () => {
  const run = syntheticRun()
  // A checker's time grows with the page, and rows of one kind break the rules together.
  const checked = { ...run, cells: oneOfEachKind(run.cells) }
  const other = { ...checked, run: { ...run.run, id: 'earlier', startedAt: '2026-01-04T08:12:00.000Z' } }

  // The first tier takes each view once, at one width and in one theme in turn; the long tier takes all of them.
  const looks = WIDTHS.flatMap((width) => THEMES.map((theme) => ({ width, theme })))
  const seen = VIEWS.flatMap((view, i) =>
    (isLong ? looks : [looks[(5 * i) % looks.length]]).map((look) => Object.assign({ view }, look)),
  )

  test.each(seen)('meets the rules of axe in $view at $width px, $theme', async ({ view, width, theme }) => {
    const { page } = await openReport([checked, other], { hash: `#${view}`, width, theme })
    expect(await page.locator(`#${view}`).count()).toBe(1)
    await page.locator('svg, table, .card').first().waitFor()
    expect(await page.getByRole('dialog').count()).toBe(0)
    expect(await violations(page)).toEqual([])
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width)
    expect(await smallTexts(page)).toEqual([])
  })

  test('every chart has a text alternative and a table', async () => {
    const { page } = await openReport([checked, other])
    for (const view of VIEWS) {
      await page.locator(`nav a[data-view="${view}"]`).click()
      for (const chart of await page.locator('figure').all()) {
        expect(await chart.getByRole('img').first().getAttribute('aria-label')).toMatch(/\w+/)
        const table = chart.locator('.chart-table')
        if ((await table.count()) === 0) {
          // The lanes of the pipeline have theirs beside them.
          expect(view).toBe('pipeline')
          continue
        }
        await table.locator('summary').click()
        await expect.poll(() => table.locator('tbody tr').count()).toBeGreaterThan(0)
      }
    }
  })

  test('a cell that is open meets the accessibility rules of axe', async () => {
    const { page } = await openReport([checked], { hash: dialogOf(checked) })
    await page.getByRole('dialog').locator('h2').first().waitFor()
    expect(await violations(page, { within: 'dialog' })).toEqual([])
  })

  // The themes differ in colours alone.
  test.each(['', dialogOf(checked)])(
    'in the dark theme its contrasts meet the rules of axe: %j',
    async (hash) => {
      const { page } = await openReport([checked], { theme: 'dark', hash })
      await page.locator('.chart svg').first().waitFor()
      const within = hash === '' ? 'body' : 'dialog'
      expect(await violations(page, { within, rules: ['color-contrast'] })).toEqual([])
    },
  )

  test.each([320, 768, 2000])('needs no sideways scrolling at %i px', async (width) => {
    const { page } = await openReport([run], { width })
    await page.locator('.chart svg').first().waitFor()
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width)
  })

  test('draws its charts again for a new width', async () => {
    const { page } = await openReport([run])
    const chart = page.locator('.chart svg').first()
    const wide = Number(await chart.getAttribute('width'))
    await page.setViewportSize({ width: 400, height: 800 })
    await expect.poll(async () => Number(await chart.getAttribute('width'))).toBeLessThan(Math.min(wide, 400))
  })

  test('follows a change of theme without a reload', async () => {
    const { page } = await openReport([run], { theme: 'light' })
    const mark = page.locator('.chart [data-mark="dot"] path').first()
    const fill = (): Promise<string> => mark.evaluate((element) => getComputedStyle(element).fill)
    const light = await fill()
    await page.emulateMedia({ colorScheme: 'dark' })
    expect(await fill()).not.toBe(light)
  })

  test('prints whole tables without the controls', async () => {
    const { page } = await openReport([run])
    await page.emulateMedia({ media: 'print' })
    expect(await page.locator('.masthead').isVisible()).toBe(false)
    expect(await page.locator('.filters').first().isVisible()).toBe(false)
    const clipped = await page
      .locator('.scroller')
      .evaluateAll((all) => all.filter((element) => element.clientHeight < element.scrollHeight - 1).length)
    expect(clipped).toBe(0)
  })
})

describeInBrowser('getting about', () => {
  const [, run] = RUNS[0]

  test('the first stop of the keyboard skips to the content', async () => {
    const { page } = await openReport([run])
    await page.keyboard.press('Tab')
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Skip to the content')
    await page.keyboard.press('Enter')
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('content')
  })

  test('a link to a view moves view and focus, keeps the filters, and goes back', async () => {
    const { page } = await openReport([run], { hash: '#cells?status=ok' })
    await page.getByRole('navigation').getByRole('link', { name: 'Environment' }).click()
    expect(page.url()).toContain('#environment?status=ok')
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('environment')
    await page.goBack()
    expect(page.url()).toContain('#cells?status=ok')
  })

  test('the page without a run meets the accessibility rules of axe', async () => {
    const { page } = await openReport([])
    expect(await violations(page)).toEqual([])
  })
})

/** A cell of each workload, status, method and precision that there is. */
function oneOfEachKind(cells: Run['cells']): Run['cells'] {
  const kind = ({ workload, status, method, precision }: Run['cells'][number]): string =>
    [workload, status, method, precision].join()
  const first = new Map(cells.toReversed().map((cell) => [kind(cell), cell]))
  return cells.filter((cell) => first.get(kind(cell)) === cell)
}

function dialogOf({ cells }: Run): string {
  return `#cells?${new URLSearchParams({ cell: cells[0].key })}`
}

/** Texts under 12 px. */
async function smallTexts(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const all = [...document.querySelectorAll('body *')].filter((element) =>
      [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent!.trim() !== ''),
    )
    return all
      .filter((element) => Number.parseFloat(getComputedStyle(element).fontSize) < 12)
      .map((element) => element.textContent)
  })
}

/** What breaks rules of axe, all of them or those named, on the page or within an element of it. */
async function violations(
  page: Page,
  { within = 'html', rules }: { readonly within?: string; readonly rules?: string[] } = {},
): Promise<string[]> {
  // The page's policy runs no script but its own; a debugger may.
  await page.evaluate(axe)
  const options = rules === undefined ? {} : { runOnly: { type: 'rule' as const, values: rules } }
  const results = await page.evaluate(
    ([within, options]) =>
      (globalThis as unknown as { axe: Pick<typeof Axe, 'run'> }).axe.run(within, options),
    [within, options] as const,
  )
  expect(results.passes.length + results.incomplete.length).toBeGreaterThan(0)
  return results.violations.map(
    ({ id, impact, nodes }) =>
      `${impact} ${id}: ${nodes
        .map(({ target }) => target.join(' '))
        .slice(0, 3)
        .join(', ')}`,
  )
}
