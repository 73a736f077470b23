import { copiesWithin, FEWEST_SAMPLES, median } from '@octet/core/statistics'
import type { KernelContender } from './contender.ts'

/** One of our kernels beside peers, timed as they are: by the wall clock. */
export class WallContender {
  readonly kernel: KernelContender
  /** What a turn takes, in ns. */
  readonly turnNs: number
  /** ns of one copy, a figure a round. */
  readonly samples: number[] = []
  readonly #copies: number

  private constructor(kernel: KernelContender, copies: number, turnNs: number) {
    this.kernel = kernel
    this.turnNs = turnNs
    this.#copies = copies
  }

  /** Settles how many copies take about `regionNs`. */
  static async fill(kernel: KernelContender, regionNs: number): Promise<WallContender> {
    const { copies, ns } = await copiesWithin(regionNs, (count) => kernel.runByWall(count))
    return new WallContender(kernel, copies, ns)
  }

  /** Wall ns of one copy. */
  async time(): Promise<number> {
    return (await this.kernel.runByWall(this.#copies)) / this.#copies
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
