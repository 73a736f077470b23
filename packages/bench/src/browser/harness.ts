import type { Unavailable } from '@octet/core'
import type { WebSocket } from 'ws'
import { oneLine } from '../show/message.ts'
import type { Browser } from './browser.ts'
import { bundle, type Bundled } from './bundle.ts'
import { startChromium } from './chromium.ts'
import type { Desk } from './desk.ts'
import { reachBrowser } from './devtools.ts'
import { type Listener, type OpenPage, PageDevice } from './page-device.ts'
import type { Facts } from './page/facts.ts'
import type { Page } from './page/handlers.ts'
import { Peer } from './peer.ts'
import { servePage } from './serve.ts'

/** The browser, and the port that serves its pages. */
export interface BrowserOptions {
  /** The DevTools address of a browser that already runs. Default: Octet starts a Chromium on this machine. */
  readonly cdp?: string
  /** Default: `FORWARDED_PORT` with `cdp`, otherwise any free port. */
  readonly port?: number
}

/** The port is fixed because `adb reverse` on a device needs it in advance. */
export const FORWARDED_PORT = 9223

/** Opens kernel packages in pages of a browser, a page for each device. */
export interface Harness {
  /** Name and version of the browser. */
  readonly name: string
  /** The facts that a page reports about its machine. */
  readonly facts: Facts
  /** The packages that cannot be bundled, each with the reason. */
  readonly faults: ReadonlyMap<string, string>
  /** Opens a package's device, by its npm name. Never throws: if there is no device, it returns the reason. */
  open(name: string, adapter: string): Promise<PageDevice | Unavailable>
  close(): Promise<void>
}

/**
 * @param warn receives the notices of packages
 * @throws OctetError if the browser cannot be started or reached, or does not load the page.
 */
export async function openHarness(
  packages: readonly Bundled[],
  { cdp, port }: BrowserOptions,
  warn: (text: string) => void,
): Promise<Harness> {
  const browser = await (cdp === undefined ? startChromium() : reachBrowser(cdp))
  try {
    const { files, faults } = await bundle(packages)
    const server = await servePage({ files }, port ?? (cdp === undefined ? 0 : FORWARDED_PORT))
    try {
      const load = (): Promise<OpenPage> => openPage(browser, server.expect(), warn)
      const first = await load()
      const facts = await first.peer.call('facts')
      await first.close()
      return {
        name: browser.name,
        facts,
        faults,
        open: (name, adapter) => openDevice(load, name, adapter),
        close: async () => {
          server.close()
          await browser.close()
        },
      }
    } catch (error) {
      server.close()
      throw error
    }
  } catch (error) {
    await browser.close()
    throw error
  }
}

/** If a page dies while it opens, Octet opens it a second time. */
const ATTEMPTS = 2

async function openDevice(
  load: () => Promise<OpenPage>,
  name: string,
  adapter: string,
): Promise<PageDevice | Unavailable> {
  let thrown: unknown
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    let page: OpenPage | undefined
    try {
      page = await load()
      const opened = await page.peer.call('open', name, { runtime: 'browser', adapter })
      if ('info' in opened) return new PageDevice(opened.info, page)
      await page.close()
      return opened
    } catch (error) {
      thrown = error
      await page?.close()
    }
  }
  return {
    unavailable: `the page did not open: ${oneLine(thrown)}`,
    mend: 'Check that the browser runs and has free memory',
  }
}

/** Opens a page, and waits until it connects. */
async function openPage(
  browser: Browser,
  { url, connected }: { readonly url: string; readonly connected: Promise<WebSocket> },
  warn: (text: string) => void,
): Promise<OpenPage> {
  const close = await browser.open(url)
  const socket = await connected
  let listener: Listener = {}
  const desk: Desk = {
    alive: () => listener.alive?.(),
    warn,
    turn: (key) => listener.turn?.(key),
    inspect: async (key) => listener.inspect?.(key),
  }
  const peer = new Peer<Page>((bytes) => socket.send(bytes), desk)
  socket.binaryType = 'arraybuffer'
  socket.on('message', (bytes: ArrayBuffer) => void peer.receive(bytes))
  socket.on('error', () => undefined)
  socket.on('close', () => peer.end('its page is gone: the browser closed it, or died'))
  return {
    peer,
    hear: (next) => (listener = next),
    close: async () => {
      peer.end('its page was closed')
      // If the browser is gone, the page is gone too.
      await close().catch(() => undefined)
    },
  }
}
