import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Run } from '@octet/results'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, onTestFinished } from 'vitest'
import { findBrowser } from './find.ts'

const TEMPLATE = new URL('../../dist/index.html', import.meta.url)
/** Where a report's runs go: what `octet bench` replaces. */
export const SLOT = '<script id="octet-runs" type="application/json">[]</script>'

const found = await findBrowser()
let browser: Browser | undefined

/** A suite that needs a browser: skipped, with the reason in its name, where there is none. */
export function describeInBrowser(name: string, suite: () => void): void {
  if ('missing' in found) {
    describe.skip(`${name} (no browser: ${found.missing})`, suite)
    return
  }
  describe(name, () => {
    beforeAll(async () => {
      browser = await chromium.launch({
        timeout: 0,
        executablePath: found.executablePath,
        env: { ...process.env, ...found.env },
        args: [
          '--no-sandbox',
          '--disable-background-networking',
          '--disable-component-update',
          '--disable-sync',
          '--disable-quic',
          '--no-first-run',
        ],
      })
    })
    afterAll(() => browser?.close())
    suite()
  })
}

/** The built report with these runs inside. */
export async function reportWith(runs: readonly unknown[]): Promise<string> {
  const template = await readFile(TEMPLATE, 'utf8').catch(() => {
    throw new Error('the report is not built: run `pnpm build` first')
  })
  const json = JSON.stringify(runs).replaceAll('<', '\\u003c')
  return template.replace(SLOT, () => SLOT.replace('[]', () => json))
}

export interface Opened {
  readonly page: Page
  /** Console errors and warnings, and uncaught exceptions. */
  readonly complaints: readonly string[]
  /** Every URL that the page asked for after its own. */
  readonly requests: readonly string[]
}

export interface Viewing {
  readonly theme?: 'light' | 'dark'
  readonly width?: number
  readonly hash?: string
  readonly motion?: 'reduce' | 'no-preference'
  readonly from?: 'disk' | 'server'
}

/** Opens a report with these runs, until the end of the test. */
export async function openReport(runs: readonly (Run | object)[], viewing: Viewing = {}): Promise<Opened> {
  const { theme = 'light', width = 1280, hash = '', from = 'disk', motion = 'reduce' } = viewing
  const html = await reportWith(runs)
  const url = from === 'disk' ? await onDisk(html) : await onServer(html)
  const page = await browser!.newPage({
    viewport: { width, height: 900 },
    colorScheme: theme,
    reducedMotion: motion,
  })
  onTestFinished(() => page.close())
  // The test runner's limit is the only one: a busy machine is not a fault of the page.
  page.setDefaultTimeout(0)
  const complaints: string[] = []
  const requests: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('request', (request) => {
    if (!request.isNavigationRequest()) requests.push(request.url())
  })
  await page.goto(url + hash)
  await page.locator('main').waitFor()
  return { page, complaints, requests }
}

async function onDisk(html: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'octet-report-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const file = join(folder, 'index.html')
  await writeFile(file, html)
  return pathToFileURL(file).href
}

async function onServer(html: string): Promise<string> {
  const server = createServer((request, response) => {
    const known = request.url === '/'
    response.writeHead(known ? 200 : 404, { 'content-type': 'text/html' }).end(known ? html : '')
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  onTestFinished(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}
