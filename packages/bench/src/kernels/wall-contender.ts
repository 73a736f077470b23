import { type Contender, copiesWithin, FEWEST_SAMPLES, median } from '@octet/core/statistics'
import type { KernelContender } from './contender.ts'

/** One of our kernels beside peers, timed like them with the wall clock. */
export interface WallContender extends Pick<Contender, 'run'> {
  readonly kernel: KernelContender
  /** The time of a turn, in ns. */
  readonly turnNs: number
  /** ns of one copy, one figure per round. */
  readonly samples: readonly number[]
  /** The median of a few turns, in ns per copy: the current speed of the machine. */
  pace(): Promise<number>
}

/** A kernel as a contender whose turns take about `regionNs` and have several copies each. */
export async function byWall(kernel: KernelContender, regionNs: number): Promise<WallContender> {
  const { copies, ns } = await copiesWithin(regionNs, (count) => kernel.runByWall(count))
  const samples: number[] = []
  const time = async (): Promise<number> => (await kernel.runByWall(copies)) / copies
  return {
    kernel,
    turnNs: ns,
    samples,
    run: async () => void samples.push(await time()),
    pace: async () => {
      const turns: number[] = []
      for (let turn = 0; turn < FEWEST_SAMPLES; turn++) turns.push(await time())
      return median(turns)
    },
  }
}
