import { OctetError } from '@octet/core'
import { answerRequests } from '../process/asked.ts'
import { endWithParent } from '../process/end-with-parent.ts'
import { openKernels } from './open-kernels.ts'
import { openPrograms } from './open-programs.ts'
import type { Loaded, Opened } from './opened.ts'
import { type Answers, PROTOCOL, type Request } from './protocol.ts'

/**
 * The child process of `--against` for this build. It times the programs that the parent requests, one turn at a time.
 * The parent may be of a later commit.
 */
answerRequests(side())
await endWithParent()

function side(): (request: Request) => Promise<Answers[Request['ask']]> {
  let opened: Opened | undefined
  const loaded = new Map<string, Loaded>()
  return async (request) => {
    if (request.ask === 'open') {
      if (request.protocol !== PROTOCOL)
        throw new OctetError(
          `it supports version ${PROTOCOL} of --against, and the request has version ${request.protocol}`,
        )
      const { subject } = request
      opened =
        subject.kind === 'programs' ? await openPrograms(subject.options) : await openKernels(subject.choice)
      const entrants = opened.entrants.map(({ key, device, work }) => ({ key, device, work }))
      return { entrants, left: opened.left }
    }
    const { key } = request
    if (request.ask === 'load') {
      const entrant = opened?.entrants.find((one) => one.key === key)
      if (entrant === undefined) throw new OctetError(`it has no ${key}`)
      loaded.set(key, await entrant.load())
      return null
    }
    const held = loaded.get(key)
    if (held === undefined) throw new OctetError(`${key} is not loaded`)
    if (request.ask === 'warm-up') return { turnNs: await held.fill(request.regionNs) }
    if (request.ask === 'turn') return { ns: await held.turn() }
    loaded.delete(key)
    await held.free()
    return null
  }
}
