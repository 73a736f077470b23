import { type Contender, copiesWithin, FEWEST_SAMPLES, median } from '@octet/core/statistics'
import type { KernelContender } from './contender.ts'

/** One of our kernels beside peers, timed as they are: by the wall clock. */
export interface WallContender extends Pick<Contender, 'run'> {
  readonly kernel: KernelContender
  /** The time of a turn, in ns. */
  readonly turnNs: number
  /** ns of one copy, a figure a round. */
  readonly samples: readonly number[]
  /** The median of a few turns, in ns of one copy: how fast the machine is now. */
  pace(): Promise<number>
}

/** A kernel as a contender whose turns, so many copies each, take about `regionNs`. */
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
