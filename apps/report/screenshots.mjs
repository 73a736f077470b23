// Sweeps two built-in workloads and takes the pictures of README and docs: pnpm screenshots
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { chromium } from 'playwright-core'
import { runnerImport } from 'vite'

const HERE = fileURLToPath(new URL('.', import.meta.url))
const DOCS = fileURLToPath(new URL('../../docs/', import.meta.url))
const OCTET = fileURLToPath(new URL('../../packages/bench/dist/bin.js', import.meta.url))
const WORKLOADS = ['fashion-mobilenet', 'weather-mlp']
const MOST_BYTES = 150_000

const PICTURES = [
  { file: 'report.webp', hash: 'decision', width: 1280, height: 1600 },
  {
    file: 'report-layers.webp',
    hash: 'layers?tensor=clip_5.output',
    width: 1280,
    height: 1020,
    from: '.network-view',
  },
  { file: 'report-pipeline.webp', hash: 'pipeline', width: 1280, height: 900 },
  { file: 'report-phone.webp', hash: 'decision', width: 390, height: 844, theme: 'dark' },
]

const folder = mkdtempSync(join(tmpdir(), 'octet-screenshots-'))
try {
  const sweep = ['bench', '--quick', '--workload', WORKLOADS.join(), '--board', 'stm32u385', '--out', folder]
  execFileSync(process.execPath, [OCTET, ...sweep], { stdio: ['ignore', 'ignore', 'inherit'] })
  const [run] = readdirSync(folder)
  const report = pathToFileURL(join(folder, run, 'report', 'index.html')).href
  const { module } = await runnerImport(join(HERE, 'test', 'browser', 'find.ts'), {
    root: HERE,
    configFile: false,
    logLevel: 'error',
  })
  const found = await module.findBrowser()
  if ('missing' in found) throw new Error(`there is no browser: ${found.missing}`)
  const env = { ...process.env, ...found.env }
  const browser = await chromium.launch({ executablePath: found.executablePath, env, args: ['--no-sandbox'] })
  for (const picture of PICTURES) await take(browser, report, picture)
  await browser.close()
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/** Writes one picture, from the top of the page or of an element on. */
async function take(browser, report, { file, hash, width, height, theme = 'light', from = 'body' }) {
  const page = await browser.newPage({
    viewport: { width, height },
    deviceScaleFactor: 1.5,
    colorScheme: theme,
    reducedMotion: 'reduce',
  })
  await page.goto(`${report}#${hash}`)
  await page.locator('.chart svg, .flow').first().waitFor()
  const { y } = await page
    .locator(from)
    .first()
    .evaluate((element) => {
      window.scrollTo({ top: element.getBoundingClientRect().top + window.scrollY - 80, behavior: 'instant' })
      return { y: window.scrollY }
    })
  const session = await page.context().newCDPSession(page)
  const { data } = await session.send('Page.captureScreenshot', {
    format: 'webp',
    quality: 75,
    clip: { x: 0, y, width, height, scale: 1 },
  })
  const bytes = Buffer.from(data, 'base64')
  if (bytes.length > MOST_BYTES)
    throw new Error(`${file} takes ${bytes.length} bytes, more than ${MOST_BYTES}`)
  writeFileSync(join(DOCS, file), bytes)
  process.stdout.write(`docs/${file} ${bytes.length} bytes\n`)
  await page.close()
}
