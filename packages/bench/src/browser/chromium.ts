import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { OctetError } from '@octet/core'
import type { Browser as Launched } from 'playwright-core'
import { oneLine } from '../show/message.ts'
import type { Browser } from './browser.ts'
import { onUse } from './on-use.ts'

const SYSTEM_NAMES = ['google-chrome-stable', 'google-chrome', 'chromium', 'chromium-browser', 'chrome']

const ARGUMENTS = [
  // Without this flag, Chromium on Linux offers no adapter.
  '--enable-unsafe-webgpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
]

/** The version of Playwright decides which Chromium its installer gets. */
const INSTALL = 'npx playwright-core@1.65.1 install chromium installs one, and CHROMIUM_PATH selects another'

/**
 * Starts a Chromium without a window: the file in CHROMIUM_PATH, Playwright's Chromium, or an installed Chrome or
 * Chromium. If the browser dies, the next page starts it again.
 * @throws OctetError if there is no browser, or if it does not start.
 */
export async function startChromium(): Promise<Browser> {
  const { chromium } = await onUse('playwright-core', () => import('playwright-core'))
  const executablePath = findExecutable(chromium.executablePath())
  const start = async (): Promise<Launched> => {
    try {
      // This process answers the signals. Its end also ends the browser.
      const signals = { handleSIGINT: false, handleSIGTERM: false, handleSIGHUP: false }
      return await chromium.launch({ executablePath, args: ARGUMENTS, ...signals })
    } catch (error) {
      throw new OctetError(`the Chromium ${executablePath} does not start: ${oneLine(error)}`, INSTALL)
    }
  }
  let browser = await start()
  return {
    name: `chromium ${browser.version()}`,
    open: async (url) => {
      if (!browser.isConnected()) browser = await start()
      const page = await browser.newPage()
      await page.goto(url, { waitUntil: 'commit' })
      return () => page.close()
    },
    close: () => browser.close(),
  }
}

function findExecutable(playwrights: string): string {
  const named = process.env['CHROMIUM_PATH']
  if (named !== undefined && named !== '') {
    if (isExecutable(named)) return named
    throw new OctetError(`CHROMIUM_PATH names ${named}, which cannot be executed`, INSTALL)
  }
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '')
  const installed = folders.flatMap((folder) => SYSTEM_NAMES.map((name) => join(folder, name)))
  const found = [playwrights, ...installed].find(isExecutable)
  if (found === undefined) throw new OctetError('there is no Chromium for --host browser', INSTALL)
  return found
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
