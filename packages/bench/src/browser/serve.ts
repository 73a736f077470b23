import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { OctetError } from '@octet/core'
import { WebSocket, WebSocketServer } from 'ws'
import { messageOf } from '../show/message.ts'
import { type Bundle, ENTRY } from './bundle.ts'

/** A page may share memory with its workers only if these headers isolate it. */
const ISOLATED = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
} as const

const HTML = `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><title>octet</title>
<p>Octet measures in this page. Leave it open and in front.</p><script type="module" src="./${ENTRY}"></script>`

/** The time limit for loading a page. */
const PATIENCE_MS = 60_000

/** A page's address, and the socket that the page opens once it is loaded. */
export interface Awaited {
  readonly url: string
  readonly connected: Promise<WebSocket>
}

/** Serves a page only to this machine, and to a device that forwards the port to this machine. */
export interface PageServer {
  readonly port: number
  /** Expects one more page. */
  expect(): Awaited
  close(): void
}

/** @throws OctetError if the port is taken. */
export async function servePage({ files }: Pick<Bundle, 'files'>, port: number): Promise<PageServer> {
  // Other pages of the browser do not know this secret.
  const secret = randomUUID()
  const server = createServer(({ url = '/' }, response) => {
    const { pathname } = new URL(url, 'http://localhost')
    const path = pathname.startsWith(`/${secret}/`) ? pathname.slice(secret.length + 2) : undefined
    const body = path === '' ? HTML : files.get(path ?? '')
    const type = path === '' ? 'text/html' : path?.endsWith('.wasm') ? 'application/wasm' : 'text/javascript'
    response.writeHead(body === undefined ? 404 : 200, { 'content-type': type, ...ISOLATED }).end(body)
  })
  const sockets = new WebSocketServer({ server, maxPayload: 2 ** 31 - 1 })
  const waiting = new Map<string, (socket: WebSocket) => void>()
  sockets.on('error', () => undefined)
  sockets.on('connection', (socket, { url = '/' }) => {
    const found = waiting.get(url)
    waiting.delete(url)
    if (found === undefined) socket.terminate()
    else found(socket)
  })
  await new Promise<void>((resolve, reject) => {
    const refused = (error: Error): void =>
      reject(new OctetError(`the page cannot be served: ${messageOf(error)}`, 'give another --page-port'))
    server.once('error', refused)
    server.listen(port, '127.0.0.1', () => {
      server.off('error', refused)
      resolve()
    })
  })
  const { port: own } = server.address() as AddressInfo
  return {
    port: own,
    expect: () => {
      const page = randomUUID()
      const path = `/${secret}/?${page}`
      const connected = new Promise<WebSocket>((resolve, reject) => {
        const timer = setTimeout(() => {
          waiting.delete(path)
          reject(new Error(`the browser did not load the page within ${PATIENCE_MS / 1000} s`))
        }, PATIENCE_MS)
        waiting.set(path, (socket) => {
          clearTimeout(timer)
          resolve(socket)
        })
      })
      connected.catch(() => undefined)
      return { url: `http://127.0.0.1:${own}${path}`, connected }
    },
    close: () => {
      for (const socket of sockets.clients) socket.terminate()
      server.close()
      server.closeAllConnections()
    },
  }
}
