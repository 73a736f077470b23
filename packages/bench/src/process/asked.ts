import type { ChildProcess } from 'node:child_process'
import { endChild, forkChild } from './fork.ts'

/** A child's message: the answer to the current request, or the reason why there is none. */
export type Reply = { readonly answer: unknown } | { readonly fault: string }

/** The default time limit for one answer of a child. */
const PATIENCE_MS = 180_000

interface Asking {
  /** Variables to add to this process's environment. */
  readonly environment?: Readonly<Record<string, string>>
  readonly patienceMs?: number
}

/**
 * A child process that answers one request at a time. Its output does not mix with ours. If the process dies, the error
 * quotes its last line.
 */
export class AskedProcess<
  Request extends { readonly ask: string },
  Answers extends { readonly [Ask in Request['ask']]: unknown },
> {
  readonly #child: ChildProcess
  readonly #patienceMs: number
  #waiting: { resolve(reply: Reply): void } | undefined
  #last = ''
  #gone: string | undefined

  /** @param module the module that the child runs: it calls `endWithParent`, and `answerRequests` */
  constructor(module: string, { environment = {}, patienceMs = PATIENCE_MS }: Asking = {}) {
    this.#patienceMs = patienceMs
    this.#child = forkChild(module, ['ignore', 'pipe', 'pipe'], {
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
   * Sends one request at a time.
   * @throws Error with the child's reason, or because it died or does not answer.
   */
  async ask<Ask extends Request['ask']>(
    request: Extract<Request, { readonly ask: Ask }>,
  ): Promise<Answers[Ask]> {
    // Node reports a child that could not be started only after this turn.
    if (!this.#child.connected) await new Promise((resolve) => setImmediate(resolve))
    if (this.#gone !== undefined) throw new Error(this.#gone)
    const reply = await new Promise<Reply>((resolve) => {
      const timer = setTimeout(() => {
        this.#end(`it did not answer "${request.ask}" within ${this.#patienceMs / 1000} s`)
        endChild(this.#child)
      }, this.#patienceMs)
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

/**
 * In the child: answers the parent's requests. It answers a fault by its first line.
 */
export function answerRequests(answer: (request: never) => Promise<unknown>): void {
  const send = (reply: Reply): void => void process.send?.(reply)
  const faultOf = (error: unknown): string => String(error instanceof Error ? error.message : error)
  process.on('message', (request) => {
    void answer(request as never).then(
      (found) => send({ answer: found }),
      (error: unknown) => send({ fault: faultOf(error).trim().split('\n', 1)[0] }),
    )
  })
}
