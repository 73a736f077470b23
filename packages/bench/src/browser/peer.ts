import { messageOf } from '../show/message.ts'
import { decode, encode } from './wire.ts'

type Message =
  | { readonly kind: 'call'; readonly id: number; readonly name: string; readonly args: readonly unknown[] }
  | { readonly kind: 'told'; readonly name: string; readonly args: readonly unknown[] }
  | { readonly kind: 'answer'; readonly id: number; readonly value?: unknown }
  | { readonly kind: 'fault'; readonly id: number; readonly message: string; readonly about?: string }

/** The functions that one side offers to the other side, by name. */
export type Handlers = { readonly [name: string]: (...args: never[]) => unknown }

/** A call of the other side threw. */
export class PeerFault extends Error {
  /** The subject of the fault, if the other side names it: the `key` of the error that it threw. */
  readonly about: string | undefined

  constructor(message: string, about: string | undefined) {
    super(message)
    this.about = about
  }
}

interface Waiting {
  readonly resolve: (value: never) => void
  readonly reject: (error: Error) => void
}

/** One side of a channel on which both sides call each other. */
export class Peer<Theirs extends Handlers> {
  readonly #send: (bytes: Uint8Array<ArrayBuffer>) => void
  readonly #handlers: Handlers
  readonly #waiting = new Map<number, Waiting>()
  #calls = 0
  #ended: string | undefined

  constructor(send: (bytes: Uint8Array<ArrayBuffer>) => void, handlers: Handlers) {
    this.#send = send
    this.#handlers = handlers
  }

  /** The reason why the other side is no longer reachable. */
  get ended(): string | undefined {
    return this.#ended
  }

  /** @throws PeerFault with the other side's error. Error if the other side is gone. */
  call<Name extends string & keyof Theirs>(
    name: Name,
    ...args: Parameters<Theirs[Name]>
  ): Promise<Awaited<ReturnType<Theirs[Name]>>> {
    return new Promise((resolve, reject) => {
      if (this.#ended !== undefined) return reject(new Error(this.#ended))
      const id = this.#calls++
      this.#waiting.set(id, { resolve, reject })
      this.#post({ kind: 'call', id, name, args })
    })
  }

  /** Calls without waiting for an answer. */
  tell<Name extends string & keyof Theirs>(name: Name, ...args: Parameters<Theirs[Name]>): void {
    if (this.#ended === undefined) this.#post({ kind: 'told', name, args })
  }

  /** Receives a message of the other side. */
  async receive(bytes: ArrayBuffer): Promise<void> {
    const message = decode(bytes) as Message
    if (message.kind === 'call') {
      const { id } = message
      try {
        this.#post({ kind: 'answer', id, value: await this.#run(message) })
      } catch (error) {
        const about = (error as { readonly key?: unknown } | undefined)?.key
        this.#post({
          kind: 'fault',
          id,
          message: messageOf(error),
          ...(typeof about === 'string' && { about }),
        })
      }
    } else if (message.kind === 'told') await this.#run(message)
    else {
      const waiting = this.#waiting.get(message.id)
      this.#waiting.delete(message.id)
      if (message.kind === 'answer') waiting?.resolve(message.value as never)
      else waiting?.reject(new PeerFault(message.message, message.about))
    }
  }

  /** Closes the channel. Every pending call fails with the reason. */
  end(reason: string): void {
    this.#ended ??= reason
    for (const { reject } of this.#waiting.values()) reject(new Error(this.#ended))
    this.#waiting.clear()
  }

  async #run({ name, args }: { readonly name: string; readonly args: readonly unknown[] }): Promise<unknown> {
    return this.#handlers[name](...(args as never[]))
  }

  #post(message: Message): void {
    if (this.#ended === undefined) this.#send(encode(message))
  }
}
