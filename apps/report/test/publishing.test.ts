import { execFile } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { mkdtemp, readFile, readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { chromium } from 'playwright-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { findBrowser } from './browser/find.ts'

const LONG = process.env['OCTET_TESTS'] === 'long'
const ROOT = join(import.meta.dirname, '../../..')
const found = await findBrowser()

describe.skipIf(!LONG || process.platform === 'win32')('all workflows, played on this machine', () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'octet-play-'))
    await promisify(execFile)(process.execPath, [join(ROOT, 'ci/play.mjs'), folder], { cwd: folder })
  })

  test('a pull request has its comment', async () => {
    const comment = await readFile(join(folder, 'against/comment.md'), 'utf8')
    expect(comment).toMatch(/^<!-- octet-bench -->\n### Octet: /)
    expect(comment).toMatch(/Time, base and head in turn on one machine: \d+ slower/)
  })

  test('the gate fails each fault that is planted in a run, and no wobble of time', async () => {
    const planted = await readFile(join(folder, 'against/planted.txt'), 'utf8')
    expect(planted.trim().split('\n')).toEqual([
      'no change: passes',
      'one sample less that is right: fails',
      'one byte more: fails',
      'one integer that differs: fails',
      'a lost cell: fails',
      'a wobble of 3% in every time: passes',
    ])
  })

  test('the published documentation has every page, and every link of it leads to a file', async () => {
    const docs = join(folder, 'second/site/docs')
    const files = (await readdir(docs, { recursive: true })).filter((file) => file.endsWith('.html'))
    expect(files).toEqual(expect.arrayContaining(['index.html', 'start.html', 'api/index.html']))
    const broken: string[] = []
    let links = 0
    for (const file of files.filter((name) => !name.startsWith('api/'))) {
      const html = await readFile(join(docs, file), 'utf8')
      for (const [, address] of html.matchAll(/(?:href|src)="(\/[^"#?]*)/g)) {
        links++
        const path = join(docs, address.replace(/^\/octet\/docs\//, ''))
        const places = [path, `${path}.html`, join(path, 'index.html')]
        const isThere = places.some((place) => existsSync(place) && statSync(place).isFile())
        if (!address.startsWith('/octet/docs/') || !isThere) broken.push(`${file}: ${address}`)
      }
    }
    expect(links).toBeGreaterThan(500)
    expect(broken).toEqual([])
  })

  test.skipIf('missing' in found)('the published page opens with the report and the history', async () => {
    if ('missing' in found) return
    const browser = await chromium.launch({
      executablePath: found.executablePath,
      env: { ...process.env, ...found.env },
      args: ['--no-sandbox'],
    })
    try {
      const page = await browser.newPage()
      const complaints: string[] = []
      page.on('pageerror', ({ message }) => complaints.push(message))
      page.on('console', (message) => {
        if (message.type() === 'error') complaints.push(message.text())
      })
      await page.goto(`${pathToFileURL(join(folder, 'second/site/index.html')).href}#compare`)
      await page.locator('.comparison').waitFor()
      expect(await page.locator('.comparison .card code').count()).toBeGreaterThan(1)
      const index = JSON.parse(await readFile(join(folder, 'second/site/history/index.json'), 'utf8')) as {
        readonly runs: readonly { readonly id: string }[]
      }
      const shown = await page.locator('.comparison').textContent()
      expect(index.runs).toHaveLength(2)
      for (const { id } of index.runs) expect(shown).toContain(id)
      expect(complaints).toEqual([])
    } finally {
      await browser.close()
    }
  })
})
