import { HeldLibrary } from './held-library.ts'
import { locate, visible } from './driver.ts'
import { endWithParent } from '../process/end-with-parent.ts'
import { answerRequests } from '../process/asked.ts'
import type { Answers, Request } from './protocol.ts'

/** A child process of `octet kernels --peers`. It holds one library and answers the parent's requests one at a time. */
answerRequests(library())
await endWithParent()

function library(): (request: Request) => Promise<Answers[Request['ask']]> {
  let peer: HeldLibrary | undefined
  return async (request) => {
    if (request.ask === 'locate') return locate(request)
    if (request.ask === 'open') {
      if (request.loader !== undefined) visible(request.loader)
      peer = await HeldLibrary.open(request.library, request.adapter)
      return { where: peer.where }
    }
    if (peer === undefined) throw new Error(`asked to ${request.ask} before a library was opened`)
    switch (request.ask) {
      case 'prepare':
        return peer.prepare(request.work, request.format)
      case 'fill':
        return { turnNs: await peer.fill(request.op, request.regionNs) }
      case 'time':
        return { ns: await peer.time(request.op) }
      case 'free':
        await peer.free(request.op)
        return null
      case 'load':
        return peer.load(request.model, request.input, request.shape)
      case 'run':
        return { ns: await peer.run(request.model, request.repeats) }
    }
  }
}
