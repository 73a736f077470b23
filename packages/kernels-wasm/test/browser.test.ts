import { readFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { DeviceInfo, Check } from '@octet/core'
import type { CaseResult } from '@octet/core/conformance'
import { type Browser, chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findBrowser } from '../../../apps/report/test/browser/find.ts'

/** What `conform` of browser/page.html answers. */
interface Verdicts {
  readonly device: DeviceInfo
  readonly results: readonly (Pick<CaseResult, 'case' | 'status' | 'detail'> & { readonly dtype: string })[]
  readonly checks: readonly Check[]
}

const PACKAGES = new URL('../../', import.meta.url)
const ISOLATED = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
}

/** Serves the packages' builds and the page, with these headers. */
async function serve(headers: Readonly<Record<string, string>>): Promise<{ server: Server; url: string }> {
  const server = createServer(({ url = '/' }, response) => {
    const { pathname } = new URL(url, 'http://localhost')
    const file = pathname === '/' ? 'kernels-wasm/test/browser/page.html' : pathname.slice(1)
    readFile(new URL(file, PACKAGES)).then(
      (body) => {
        const type = file.endsWith('.html') ? 'text/html' : 'text/javascript'
        response.writeHead(200, { 'content-type': type, ...headers }).end(body)
      },
      () => response.writeHead(404).end(),
    )
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` }
}

const found = await findBrowser()
const missing = 'missing' in found ? ` (no browser: ${found.missing})` : ''

describe.skipIf('missing' in found)(`in a browser${missing}`, () => {
  let browser: Browser
  beforeAll(async () => {
    if ('missing' in found) return
    browser = await chromium.launch({
      timeout: 0,
      executablePath: found.executablePath,
      env: { ...process.env, ...found.env },
      args: [
        '--no-sandbox',
        '--disable-background-networking',
        '--disable-component-update',
        '--no-first-run',
      ],
    })
  })
  afterAll(() => browser?.close())

  /** The verdicts of a page with these headers, and how many workers it started. */
  async function conformIn(
    headers: Readonly<Record<string, string>>,
  ): Promise<Verdicts & { workers: number }> {
    const { server, url } = await serve(headers)
    const page = await browser.newPage()
    page.setDefaultTimeout(0)
    const complaints: string[] = []
    let workers = 0
    page.on('worker', () => workers++)
    // A page whose modules do not load never has `conform`.
    const broken = new Promise<never>((_, reject) => {
      page.on('pageerror', (error) => {
        complaints.push(String(error))
        reject(error)
      })
    })
    broken.catch(() => undefined)
    page.on('console', (message) => complaints.push(message.text()))
    try {
      await page.goto(url)
      await Promise.race([page.waitForFunction('globalThis.conform'), broken])
      const verdicts = await page.evaluate<Verdicts>(
        "conform(['Conv', 'Gemm', 'MatMul', 'MaxPool', 'Normalize'])",
      )
      return { ...verdicts, workers }
    } catch (error) {
      throw new Error(`the page failed: ${complaints.join('\n')}`, { cause: error })
    } finally {
      await page.close()
      server.close()
    }
  }

  function expectAllPassed({ results }: Verdicts): void {
    expect(results.filter(({ status }) => status === 'failed')).toEqual([])
    const passed = results.filter(({ status }) => status === 'passed')
    for (const dtype of ['int8', 'float16', 'float32'])
      expect(passed.filter((one) => one.dtype === dtype).length, dtype).toBeGreaterThan(20)
  }

  test('a page that is cross-origin isolated computes on web workers what the reference computes', async () => {
    const verdicts = await conformIn(ISOLATED)
    expectAllPassed(verdicts)
    const threads = verdicts.device.features.find((feature) => feature.startsWith('threads'))
    expect(threads).toBe(`threads: ${verdicts.workers + 1}`)
    expect(verdicts.checks).toContainEqual(
      expect.objectContaining({ subject: 'WebAssembly threads', ok: verdicts.workers > 0 }),
    )
  })

  test('a page that is not computes the same on one thread, and names what threads need', async () => {
    const verdicts = await conformIn({})
    expectAllPassed(verdicts)
    expect(verdicts.workers).toBe(0)
    expect(verdicts.device).toMatchObject({ id: 'wasm', name: 'WebAssembly SIMD, 1 thread' })
    expect(verdicts.checks).toContainEqual(
      expect.objectContaining({
        ok: false,
        mend: expect.stringContaining('cross-origin isolated') as string,
      }),
    )
  })
})
