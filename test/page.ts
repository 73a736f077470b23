import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'
import { chromium } from 'playwright-core'
import type { Browser } from '../apps/report/test/browser/find.ts'

const TYPES: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript' }

/** Serves a folder and opens its page in a browser. Returns the cells of the page's table when the page is done. */
export async function tableOf(folder: string, { executablePath, env }: Browser): Promise<string[][]> {
  const server = createServer(({ url = '/' }, response) => {
    const { pathname } = new URL(url, 'http://localhost')
    const file = pathname === '/' ? 'index.html' : pathname.slice(1)
    readFile(join(folder, file)).then(
      (body) => {
        const type = TYPES[extname(file)] ?? 'application/octet-stream'
        response.writeHead(200, { 'content-type': type }).end(body)
      },
      () => response.writeHead(404).end(),
    )
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const browser = await chromium.launch({
    timeout: 0,
    executablePath,
    env: { ...process.env, ...env },
    args: ['--no-sandbox', '--disable-background-networking', '--disable-component-update', '--no-first-run'],
  })
  try {
    const page = await browser.newPage()
    page.setDefaultTimeout(0)
    const broken = new Promise<never>((_, reject) => {
      page.on('pageerror', reject)
    })
    broken.catch(() => undefined)
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
    await Promise.race([page.getByText('done', { exact: true }).waitFor(), broken])
    const rows = await page.locator('tbody tr').all()
    return await Promise.all(rows.map((row) => row.locator('td').allTextContents()))
  } finally {
    await browser.close()
    server.close()
  }
}
