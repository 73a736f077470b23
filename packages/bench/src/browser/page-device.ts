import type { DeviceInfo, Program } from '@octet/core'
import type { CaseResult } from '@octet/core/conformance'
import type { Jobs, RemoteDevice } from '../measure/jobs.ts'
import { ContenderFault } from '../measure/latency.ts'
import type { Inspected } from '../profile/inspect.ts'
import type { Withheld } from '../vet/withheld.ts'
import type { Page } from './page/handlers.ts'
import { type Peer, PeerFault } from './peer.ts'

/** A connected page, and the facts that it reports. */
export interface OpenPage {
  readonly peer: Peer<Page>
  /** Sets the listener to the page's messages. Only the last listener counts. */
  readonly hear: (listener: Listener) => void
  close(): Promise<void>
}

export interface Listener {
  readonly alive?: () => void
  readonly turn?: (key: string) => void
  readonly inspect?: (key: string) => Promise<void>
}

/** The device of a page. The page does the device's jobs. */
export class PageDevice implements RemoteDevice {
  readonly info: DeviceInfo
  readonly jobs: Jobs
  readonly #page: OpenPage
  #alive: (() => void) | undefined

  constructor(info: DeviceInfo, page: OpenPage) {
    this.info = info
    this.#page = page
    const { peer } = page
    this.jobs = {
      supports: (specs) => peer.call('supports', specs),
      tune: (programs, budgetMs) => peer.call('tune', programs, budgetMs),
      load: async (program) => {
        const { id, fallbackOps } = await peer.call('load', program)
        return {
          fallbackOps,
          run: (x) => peer.call('run', id, x),
          // A page that is gone holds no program.
          dispose: async () => (peer.ended === undefined ? peer.call('unload', id) : undefined),
        }
      },
      time: (programs, inputs, effort) => this.#time(programs, inputs, effort),
    }
  }

  get gone(): string | undefined {
    return this.#page.peer.ended
  }

  onAlive(alive: () => void): void {
    this.#alive = alive
    this.#page.hear({ alive })
  }

  judge(name: string): Promise<Pick<CaseResult, 'status' | 'detail'>> {
    return this.#page.peer.call('judge', name)
  }

  async withhold(withheld: readonly Withheld[]): Promise<void> {
    await this.#page.peer.call('withhold', withheld)
  }

  /** Closes the page, even while it works. Every pending call fails with the reason. */
  close(reason: string): Promise<void> {
    this.#page.peer.end(reason)
    return this.#page.close()
  }

  /** Closes the page. */
  async dispose(): Promise<void> {
    try {
      if (this.gone === undefined) await this.#page.peer.call('dispose')
    } finally {
      await this.#page.close()
    }
  }

  async #time(
    ...[programs, { sample, drawn, inspect }, effort]: Parameters<Jobs['time']>
  ): ReturnType<Jobs['time']> {
    const { peer, hear } = this.#page
    let current: string | undefined
    let thrown: { readonly error: unknown } | undefined
    const byKey = new Map(programs.map(({ key, program }) => [key, program]))
    hear({
      ...(this.#alive && { alive: this.#alive }),
      turn: (key) => (current = key),
      inspect: async (key) => {
        try {
          await inspect?.(key, this.#inspected(byKey.get(key)!))
        } catch (error) {
          // The page receives the error's message, and the caller receives the error itself.
          thrown = { error }
          throw error
        }
      },
    })
    try {
      return await peer.call('time', programs, { sample, drawn }, inspect !== undefined, effort)
    } catch (error) {
      if (thrown !== undefined) throw thrown.error
      const key = error instanceof PeerFault ? error.about : current
      throw key === undefined ? error : new ContenderFault(key, error)
    }
  }

  #inspected(program: Program): Inspected {
    const { peer } = this.#page
    return {
      program,
      run: (x) => peer.call('runInspected', x),
      profile: (ends, budgetNs) => peer.call('profile', ends, budgetNs),
    }
  }
}
