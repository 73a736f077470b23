import type { ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { endChild, forkChild } from '../process/fork.ts'
import type { Answers, Reply, Request } from './protocol.ts'

const CHILD = fileURLToPath(new URL('../../dist/peers/child.js', import.meta.url))
/** Software adapters compile for long, but not for ever. */
const PATIENCE_MS = 180_000

/**
 * A child process that holds one peer. Its output is kept from ours; the error quotes the last line when the process
 * dies.
 */
export class PeerProcess {
  readonly #child: ChildProcess
  #waiting: { resolve(reply: Reply): void } | undefined
  #last = ''
  #gone: string | undefined

  constructor(environment: Readonly<Record<string, string>>) {
    this.#child = forkChild(CHILD, ['ignore', 'pipe', 'pipe'], {
      serialization: 'advanced',
      env: { ...process.env, ...environment },
    })
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#last = text.trim().split('\n').at(-1) ?? this.#last
      })
    this.#child.on('message', (reply: Reply) => this.#settle(reply))
    this.#child.once('error', ({ message }) => this.#end(message))
    this.#child.once('exit', (code, signal) =>
      this.#end(`its process ended (${signal ?? `code ${code}`})${this.#last && `: ${this.#last}`}`),
    )
  }

  /**
   * One request at a time.
   * @throws Error with the child's reason, or that it died or does not answer.
   */
  async ask<Ask extends Request['ask']>(request: Extract<Request, { ask: Ask }>): Promise<Answers[Ask]> {
    // Node reports a child that could not be started after this turn.
    if (!this.#child.connected) await new Promise((resolve) => setImmediate(resolve))
    if (this.#gone !== undefined) throw new Error(this.#gone)
    const reply = await new Promise<Reply>((resolve) => {
      const timer = setTimeout(() => {
        this.#end(`it did not answer "${request.ask}" within ${PATIENCE_MS / 1000} s`)
        endChild(this.#child)
      }, PATIENCE_MS)
      this.#waiting = {
        resolve: (message) => {
          clearTimeout(timer)
          resolve(message)
        },
      }
      this.#child.send(request)
    })
    if ('fault' in reply) throw new Error(reply.fault)
    return reply.answer as Answers[Ask]
  }

  close(): void {
    this.#gone ??= 'it was closed'
    endChild(this.#child)
  }

  #end(reason: string): void {
    this.#gone ??= reason
    this.#settle({ fault: this.#gone })
  }

  #settle(reply: Reply): void {
    const waiting = this.#waiting
    this.#waiting = undefined
    waiting?.resolve(reply)
  }
}
