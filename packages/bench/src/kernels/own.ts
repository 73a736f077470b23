import { FEWEST_SAMPLES, median } from '@octet/results'
import type { Contender } from './contender.ts'

/** Most copies in one turn: the peers' limit too. */
const MOST_COPIES = 1024

/** One of our kernels beside peers, timed as they are: by the wall clock. */
export class Own {
  readonly contender: Contender
  /** What a turn takes, in ns. */
  readonly turnNs: number
  /** ns of one copy, a figure a round. */
  readonly samples: number[] = []
  readonly #copies: number

  private constructor(contender: Contender, copies: number, turnNs: number) {
    this.contender = contender
    this.turnNs = turnNs
    this.#copies = copies
  }

  /** Settles how many copies take about `regionNs`. */
  static async fill(contender: Contender, regionNs: number): Promise<Own> {
    let copies = 1
    let ns = await contender.runByWall(copies)
    while (ns < regionNs && copies < MOST_COPIES) {
      copies = Math.min(MOST_COPIES, 8 * copies, Math.ceil((1.2 * copies * regionNs) / ns))
      ns = await contender.runByWall(copies)
    }
    return new Own(contender, copies, ns)
  }

  /** Wall ns of one copy. */
  async time(): Promise<number> {
    return (await this.contender.runByWall(this.#copies)) / this.#copies
  }

  /** The median of a few turns: how fast the machine is now. */
  async pace(): Promise<number> {
    const turns: number[] = []
    for (let turn = 0; turn < FEWEST_SAMPLES; turn++) turns.push(await this.time())
    return median(turns)
  }

  async run(): Promise<void> {
    this.samples.push(await this.time())
  }
}
