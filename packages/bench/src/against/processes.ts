import { OctetError } from '@octet/core'
import { AskedProcess } from '../process/asked.ts'
import { messageOf } from '../show/message.ts'
import type { Build } from './build.ts'
import { type OpenPair, type OpenSide, orderOf } from './compare-builds.ts'
import { type Answers, PROTOCOL, type Request, type Subject } from './protocol.ts'

/** The time limit for opening a large model and compiling its kernels. */
const PATIENCE_MS = 600_000

/** Starts both builds in fresh processes, side by side. The side that starts first changes from pair to pair. */
export async function openPair(base: Build, head: Build, subject: Subject, index: number): Promise<OpenPair> {
  const order = orderOf(index)
  const started = new Map(order.map((side) => [side, new BuildProcess({ base, head }[side])]))
  const close = (): void => [...started.values()].forEach((one) => one.close())
  try {
    const opened = await Promise.all(
      order.map(async (side): Promise<[typeof side, OpenSide]> => [
        side,
        await started.get(side)!.open(subject),
      ]),
    )
    const sides = Object.fromEntries(opened) as { readonly base: OpenSide; readonly head: OpenSide }
    return { ...sides, close }
  } catch (error) {
    close()
    throw error
  }
}

class BuildProcess {
  readonly #build: Build
  readonly #process: AskedProcess<Request, Answers>

  constructor(build: Build) {
    this.#build = build
    this.#process = new AskedProcess(build.child, { patienceMs: PATIENCE_MS })
  }

  async open(subject: Subject): Promise<OpenSide> {
    const asked = this.#process
    try {
      const { entrants, left } = await asked.ask({ ask: 'open', protocol: PROTOCOL, subject })
      return {
        entrants,
        left,
        load: async (key) => void (await asked.ask({ ask: 'load', key })),
        warmUp: async (key, regionNs) => (await asked.ask({ ask: 'warm-up', key, regionNs })).turnNs,
        turn: async (key) => (await asked.ask({ ask: 'turn', key })).ns,
        free: async (key) => void (await asked.ask({ ask: 'free', key })),
      }
    } catch (error) {
      throw new OctetError(
        `the build in ${this.#build.folder} (commit ${this.#build.commit.slice(0, 12)}) does not ` +
          `answer: ${messageOf(error)}`,
        'run octet bench there by itself to see more',
      )
    }
  }

  close(): void {
    this.#process.close()
  }
}
