import { fileURLToPath } from 'node:url'
import { AskedProcess } from '../process/asked.ts'
import type { Answers, Request } from './protocol.ts'

const CHILD = fileURLToPath(new URL('../../dist/peers/child.js', import.meta.url))

/** A child process that holds one peer. */
export class PeerProcess extends AskedProcess<Request, Answers> {
  constructor(environment: Readonly<Record<string, string>>) {
    super(CHILD, { environment })
  }
}
