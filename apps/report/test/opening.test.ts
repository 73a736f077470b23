import { readFile } from 'node:fs/promises'
import { parseRun } from '@octet/results'
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { describeInBrowser, openReport, reportWith, SLOT } from './browser/open.ts'
import { RUNS } from './run/runs.ts'
import { syntheticRun } from './run/synthetic.ts'

describe('the built template', () => {
  test('has one slot for runs, refers to no other file, and stays under a megabyte', async () => {
    const template = await readFile(new URL('../dist/index.html', import.meta.url), 'utf8')
    expect(template.split(SLOT)).toHaveLength(2)
    expect(template).not.toMatch(/<(?:script|img|iframe)[^>]+src=|<link[^>]+href="(?!data:)/)
    expect(template).toMatch(/script-src 'sha256-[\w+/]{43}='; style-src/)
    expect(template.length).toBeLessThan(1_000_000)
  })
})

describeInBrowser('opening a report', () => {
  test.each(['disk', 'server'] as const)('works from a %s without complaints or requests', async (from) => {
    for (const [, run] of RUNS) {
      const { page, complaints, requests } = await openReport([run], { from })
      await page.locator('.front svg').first().waitFor()
      expect(await page.title()).toContain(run.run.id)
      expect(complaints).toEqual([])
      expect(requests.filter((url) => !url.startsWith('data:'))).toEqual([])
    }
  })

  test('without a run it says how to make one', async () => {
    const { page, complaints } = await openReport([])
    await expect.poll(() => page.locator('main').textContent()).toContain('npx -y pnpm@12.21.0 bench')
    expect(complaints).toEqual([])
  })

  test('several runs are chosen from, and the choice is in the address', async () => {
    const [first, second] = [syntheticRun(), { ...syntheticRun(), cells: [], layers: [], kernels: [] }]
    const other = { ...second, run: { ...second.run, id: 'another-run' } }
    const { page } = await openReport([first, other])
    expect(await page.title()).toContain(first.run.id)
    await page.getByRole('combobox', { name: 'Run' }).selectOption('another-run')
    expect(await page.title()).toContain('another-run')
    await page.reload()
    expect(await page.title()).toContain('another-run')
  })

  test('a run that cannot be read is named on one line, and the others are shown', async () => {
    const { page } = await openReport([{ schema: 99 }, syntheticRun()])
    const alert = page.getByRole('alert')
    expect(await alert.textContent()).toContain('schema 99')
    expect(await alert.locator('p').count()).toBe(1)
    expect(await page.title()).toContain(syntheticRun().run.id)
  })

  test('text in a run never becomes markup', async () => {
    const { page, complaints } = await openReport([syntheticRun()])
    expect(await page.locator('main b').count()).toBe(0)
    expect(await page.locator('script').count()).toBe(2)
    expect(complaints).toEqual([])
  })
})

describeInBrowser('a file from the reader', () => {
  test.each([
    ['no JSON', '{ "schema": 1,', /^run\.json: not JSON: /],
    ['another schema', '{ "schema": 3 }', /schema 3/],
    ['a bad field', JSON.stringify({ ...syntheticRun(), cells: [{}] }), /at cells\.0/],
    ['a list', '[]', /^run\.json: /],
  ])('with %s is refused on one line when dropped', async (_, text, line) => {
    const { page, complaints } = await openReport([syntheticRun()])
    await drop(page, 'run.json', text)
    const alert = page.getByRole('alert')
    await expect.poll(() => alert.textContent()).toMatch(line)
    expect(await alert.locator('p').count()).toBe(1)
    expect(await alert.textContent()).not.toContain('\n')
    expect(await page.locator('html.is-dropping').count()).toBe(0)
    expect(await page.locator('#decision').count()).toBe(1)
    expect(complaints).toEqual([])
  })

  test('is shown when dropped, and takes the fault of an earlier one away', async () => {
    const { page } = await openReport([])
    await drop(page, 'bad.json', 'nonsense')
    await expect.poll(() => page.getByRole('alert').textContent()).toContain('bad.json')
    const [, run] = RUNS[0]
    await drop(page, 'run.json', JSON.stringify(run))
    await expect.poll(() => page.title()).toContain(run.run.id)
    expect(await page.getByRole('alert').textContent()).toBe('')
  })

  test('that is one run twice is shown once, and that is said', async () => {
    const { page } = await openReport([syntheticRun()])
    const [, run] = RUNS[0]
    const file = { name: 'run.json', mimeType: 'application/json', buffer: Buffer.from(JSON.stringify(run)) }
    await page.getByLabel('Open run.json').setInputFiles([file, file])
    await expect.poll(() => page.title()).toContain(run.run.id)
    expect(await page.getByRole('combobox', { name: 'Run' }).locator('option').count()).toBe(2)
    expect(await page.getByRole('alert').textContent()).toContain(
      `Several of the files are run ${run.run.id}`,
    )
  })

  test('is shown when chosen with the button', async () => {
    const { page } = await openReport([])
    const [, run] = RUNS[0]
    await page.getByLabel('Open run.json').setInputFiles({
      name: 'run.json',
      mimeType: 'application/json',
      buffer: Buffer.from(JSON.stringify(run)),
    })
    await expect.poll(() => page.title()).toContain(run.run.id)
  })
})

test('an embedded run survives the slot unchanged', async () => {
  const html = await reportWith([syntheticRun()])
  const json = html.match(/<script id="octet-runs" type="application\/json">(.*?)<\/script>/s)![1]
  expect((JSON.parse(json) as unknown[]).map(parseRun)).toEqual([syntheticRun()])
})

/** Drops a file on the page, as the browser would. */
async function drop(page: Page, name: string, text: string): Promise<void> {
  await page.evaluate(
    ([name, text]) => {
      const dataTransfer = new DataTransfer()
      dataTransfer.items.add(new File([text], name, { type: 'application/json' }))
      for (const type of ['dragover', 'drop'])
        document.body.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }))
    },
    [name, text],
  )
}
