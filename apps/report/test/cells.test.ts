import { setbacksFirst } from '@octet/results'
import type { Locator, Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { describeInBrowser, openReport } from './browser/open.ts'
import { RUNS } from './run/runs.ts'

for (const [name, run] of RUNS)
  describeInBrowser(`the sweep table of ${name}`, () => {
    test('has a row for every cell and the reason of each that is not ok', async () => {
      const { page } = await openReport([run], { hash: '#cells' })
      await drawAll(page)
      expect(await rowsOf(page).count()).toBe(run.cells.length)
      const notes = await page.locator('#cells .note').allTextContents()
      const said = new Set(notes.map((note) => note.replace(/^These \d+ rows: /, '')))
      expect(said).toEqual(new Set(run.cells.flatMap(({ reason }) => reason ?? [])))
      for (const status of new Set(run.cells.map(({ status }) => status))) {
        const count = run.cells.filter((cell) => cell.status === status).length
        expect(await page.locator(`#cells .status.${status}`).count()).toBe(count)
      }
    })

    test('marks the latencies that cells share', async () => {
      const { page } = await openReport([run], { hash: '#cells' })
      await drawAll(page)
      const shared = run.cells.filter(({ latency }) => latency !== undefined && latency.shared.with > 0)
      expect(await page.locator('#cells .tag', { hasText: 'shared' }).count()).toBe(shared.length)
    })

    test('sorts by every column, both ways, saying so', async () => {
      const few = run.cells.filter((_, i) => i % 4 === 0)
      const { page } = await openReport([{ ...run, cells: few }], { hash: '#cells' })
      expect(await rowsOf(page).count()).toBe(few.length)
      const heads = page.locator('#cells thead th')
      for (let i = 0; i < (await heads.count()); i++) {
        const button = heads.nth(i).getByRole('button')
        await button.click()
        expect(await heads.nth(i).getAttribute('aria-sort')).toBe('ascending')
        const up = await figures(page, i)
        expect(up).toEqual(up.toSorted((a, b) => a - b))
        await button.click()
        expect(await heads.nth(i).getAttribute('aria-sort')).toBe('descending')
        expect(await figures(page, i)).toEqual(up.toReversed())
        expect(await page.locator('#cells [aria-sort]').count()).toBe(1)
      }
    })

    test('filters, and the address brings the same view back', async () => {
      const { page } = await openReport([run], { hash: '#cells' })
      for (const precision of new Set(run.cells.map(({ precision }) => precision))) {
        await page.getByLabel('Precision').selectOption(precision)
        await drawAll(page)
        expect(await rowsOf(page).count()).toBe(
          run.cells.filter((cell) => cell.precision === precision).length,
        )
      }
      const [{ precision, workload }] = run.cells.toReversed()
      await page.locator('#cells').getByLabel('Workload').selectOption(workload)
      await page.locator('#cells').getByRole('button', { name: 'Accuracy' }).click()
      const left = run.cells.filter(
        (cell) => cell.workload === workload && cell.precision === precision,
      ).length
      expect(await rowsOf(page).count()).toBe(left)
      expect(await page.locator('.shown').textContent()).toContain(`${left} of ${run.cells.length}`)
      await page.reload()
      expect(await rowsOf(page).count()).toBe(left)
      expect(await page.locator('#cells [aria-sort="ascending"]').textContent()).toContain('Accuracy')
      await page.getByRole('button', { name: 'Show all' }).click()
      await drawAll(page)
      expect(await rowsOf(page).count()).toBe(run.cells.length)
    })

    test('opens a cell by keyboard down to its samples and origin, and gives the focus back', async () => {
      const { page } = await openReport([run], { hash: '#cells' })
      const cells = setbacksFirst(run.cells)
      const index = cells.findIndex(({ latency }) => latency !== undefined)
      const cell = cells[index]
      const opener = rowsOf(page).nth(index).getByRole('button')
      await opener.focus()
      await page.keyboard.press('Enter')
      const dialog = page.getByRole('dialog')
      const text = await dialog.textContent()
      for (const part of [
        cell.key,
        run.run.commit,
        run.run.command,
        run.machine.fingerprint,
        cell.latency!.samples.join(' '),
      ])
        expect(text).toContain(part)
      await dialog.locator('svg').waitFor()
      expect(await dialog.locator('[data-mark="dot"] circle').count()).toBe(cell.latency!.samples.length)
      await page.keyboard.press('Escape')
      await expect.poll(() => dialog.count()).toBe(0)
      expect(await opener.evaluate((element) => element === document.activeElement)).toBe(true)
      await expect.poll(() => page.url()).not.toContain('cell=')
    })

    test('opens every cell from its address', async () => {
      const { page, complaints } = await openReport([run], { hash: '#cells' })
      for (const { key } of run.cells.filter((_, i) => i % 9 === 0)) {
        await page.evaluate(
          (hash) => {
            location.hash = hash
          },
          `cells?${new URLSearchParams({ cell: key })}`,
        )
        await expect.poll(() => page.getByRole('dialog').locator('code').first().textContent()).toBe(key)
      }
      expect(complaints).toEqual([])
    })
  })

function rowsOf(page: Page): Locator {
  return page.locator('#cells tbody tr:not(.note)')
}

/** Draws the rows that a reader would scroll to: a printer needs them too. */
async function drawAll(page: Page): Promise<void> {
  await page.evaluate(() => window.dispatchEvent(new Event('beforeprint')))
}

/** The numbers of a column in the order shown, dashes and intervals left out; of a column without numbers, none. */
async function figures(page: Page, column: number): Promise<number[]> {
  const cells = await rowsOf(page).evaluateAll((rows, column) => {
    return rows.map((row) => {
      const cell = row.children[column].cloneNode(true) as Element
      if (!cell.classList.contains('number')) return ''
      for (const aside of cell.querySelectorAll('small, .tag')) aside.remove()
      return cell.textContent.trim()
    })
  }, column)
  const numbers = cells.map((text) =>
    Number(text.replace('−', '-').replaceAll(',', '').replace('∞', 'Infinity')),
  )
  return numbers.filter((number, i) => cells[i] !== '' && !Number.isNaN(number))
}
