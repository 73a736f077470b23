import { OctetError } from '@octet/core'
import { oneLine } from '../show/message.ts'
import type { Browser } from './browser.ts'

/** The time limit for an answer of the browser over HTTP. */
const PATIENCE_MS = 20_000

/**
 * A browser that already runs, possibly on another device. Octet controls it through the HTTP endpoints of the DevTools
 * protocol. Only these endpoints also work in Chrome on Android, which lacks the browser contexts that Playwright's
 * connectOverCDP needs.
 * @throws OctetError if no browser answers.
 */
export async function reachBrowser(address: string): Promise<Browser> {
  const base = baseOf(address)
  const ask = async (path: string, method = 'GET'): Promise<string> => {
    const response = await fetch(new URL(path, base), { method, signal: AbortSignal.timeout(PATIENCE_MS) })
    const text = await response.text()
    if (!response.ok) throw new Error(`${path.split('?', 1)[0]}: ${response.status} ${text.trim()}`)
    return text
  }
  let version: string
  try {
    version = (JSON.parse(await ask('/json/version')) as { Browser: string }).Browser
  } catch (error) {
    throw new OctetError(
      `no browser answers to --cdp ${address}: ${oneLine(causeOf(error))}`,
      'start it with --remote-debugging-port=9222, or forward the port of a phone: see docs/phones.md',
    )
  }
  return {
    name: version.replace('/', ' ').toLowerCase(),
    open: async (url) => {
      const { id } = JSON.parse(await ask(`/json/new?${encodeURIComponent(url)}`, 'PUT')) as { id: string }
      // The browser slows down a tab in the background.
      await ask(`/json/activate/${id}`)
      return async () => {
        await ask(`/json/close/${id}`)
      }
    },
    close: async () => {},
  }
}

function baseOf(address: string): URL {
  const full = address.includes('://') ? address : `http://${address}`
  const url = URL.canParse(full) ? new URL(full) : undefined
  if (url === undefined || !['http:', 'ws:'].includes(url.protocol) || url.hostname === '')
    throw new OctetError(
      `--cdp is "${address}"`,
      'give the address of a DevTools port, as in http://localhost:9222',
    )
  return new URL(`http://${url.host}`)
}

/** The error of `fetch` hides its reason in `cause`. */
function causeOf(error: unknown): unknown {
  return error instanceof Error && error.cause instanceof Error ? error.cause : error
}
