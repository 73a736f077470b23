// The part of Octet in a page. It connects to the process that served the page, and answers the requests of that
// process.
import { Peer } from '../peer.ts'
import type { Desk } from '../desk.ts'
import { handlersFor, type Loaders } from './handlers.ts'

declare const location: { readonly pathname: string; readonly search: string; readonly host: string }
declare class WebSocket {
  binaryType: string
  constructor(url: string)
  addEventListener(type: 'message', listener: (event: { readonly data: ArrayBuffer }) => void): void
  addEventListener(type: 'close', listener: () => void): void
  send(bytes: Uint8Array<ArrayBuffer>): void
}

declare const document: { title: string; body: { textContent: string } }

/** Connects the page. `loaders` load the packages that the page offers. */
export function main(loaders: Loaders): void {
  const socket = new WebSocket(`ws://${location.host}${location.pathname}${location.search}`)
  socket.binaryType = 'arraybuffer'
  const peer: Peer<Desk> = new Peer<Desk>(
    (bytes) => socket.send(bytes),
    handlersFor(loaders, () => peer),
  )
  document.title = 'octet measures'
  socket.addEventListener('message', ({ data }) => void peer.receive(data))
  socket.addEventListener('close', () => {
    peer.end('octet is gone')
    document.title = 'octet is done'
    document.body.textContent = 'Octet is done with this page. It can be closed.'
  })
}
