import { fromFloat16, type Tensor, type KernelPrecision } from '@octet/core'
import { affordableRounds, type Effort, interleave } from '@octet/core/statistics'
import { type KernelResult, type NotTimed } from '@octet/results'
import type { PeerTeam } from '../peers/team.ts'
import { messageOf } from '../show/message.ts'
import { prepareKernel } from './contender.ts'
import { instantiate } from './instance.ts'
import { admit, type PeerContender } from './peer-contender.ts'
import { formatsFor, workOf } from './peer-work.ts'
import type { Problem } from './problem.ts'
import { subjectOf, type TimedDevice } from './race.ts'
import { byWall, type WallContender } from './wall-contender.ts'

export const PEER_EFFORT: Effort = { rounds: 15, regionNs: 20e6, budgetNs: 6e9 }

export interface Contested {
  /** For each of our precisions: the peers beside it, and the drift of the clock. */
  readonly beside: ReadonlyMap<KernelPrecision, Pick<KernelResult, 'peers' | 'drift'>>
  readonly notTimed: readonly NotTimed[]
}

/**
 * Times our kernels and the peers' in the same rounds. The wall clock times all of them from handing over to
 * completion, with as many copies at once as fill the region. A peer whose output differs from ours is not timed. Our
 * FP32 runs before and after all rounds and shows how far the clock drifted.
 * @throws Any error of our own device.
 */
export async function contest(
  problem: Problem,
  precisions: readonly KernelPrecision[],
  timedOn: Pick<TimedDevice, 'kernels' | 'device'>,
  { entries }: PeerTeam,
  effort: Effort = PEER_EFFORT,
): Promise<Contested> {
  const ours: WallContender[] = []
  const theirs: PeerContender[] = []
  const notTimed: NotTimed[] = []
  const work = workOf(problem)
  const formats = formatsFor(problem)
  try {
    for (const precision of new Set<KernelPrecision>(['fp32', ...precisions])) {
      const instance = instantiate(problem.spec(precision))
      ours.push(await byWall(await prepareKernel(precision, instance, timedOn.device), effort.regionNs))
    }
    const [reference] = ours
    const expected = floatsOf(await reference.kernel.read())
    for (const entry of entries.filter(({ format }) => formats.has(format)))
      try {
        theirs.push(await admit(entry, work, expected, effort.regionNs))
      } catch (error) {
        const peer = { name: entry.name, precision: entry.called }
        for (const precision of precisions)
          notTimed.push({ ...subjectOf(problem, precision, timedOn), peer, reason: messageOf(error) })
      }
    const all = [...ours, ...theirs]
    const before = await reference.pace()
    const lapNs = all.reduce((sum, { turnNs }) => sum + turnNs, 0)
    await interleave(all, affordableRounds(effort, lapNs))
    const drift = (await reference.pace()) / before
    const beside = ours.map(
      ({ kernel, samples }) =>
        [kernel.precision, { peers: theirs.map((one) => one.against(samples)), drift }] as const,
    )
    return { beside: new Map(beside), notTimed }
  } finally {
    for (const { kernel } of ours) kernel.free()
    for (const peer of theirs) await peer.free()
  }
}

function floatsOf({ data }: Tensor): Float32Array {
  return data instanceof Uint16Array ? fromFloat16(data) : Float32Array.from(data)
}
