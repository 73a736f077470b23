import { fromFloat16, type Tensor } from '@octet/core'
import { type KernelResult, type NotTimed } from '@octet/results'
import type { PeerTeam } from '../peers/team.ts'
import { messageOf } from '../show/message.ts'
import type { Arithmetic } from './arithmetic.ts'
import { Challenger } from './challenger.ts'
import { Contender } from './contender.ts'
import { instantiate } from './instance.ts'
import { Own } from './own.ts'
import { formatsFor, workOf } from './peer-work.ts'
import type { Problem } from './problem.ts'
import { subjectOf, type Track } from './race.ts'
import { interleave, type KernelEffort } from './rounds.ts'

export const PEER_EFFORT: KernelEffort = { rounds: 15, regionNs: 20e6, budgetNs: 6e9 }

export interface Contested {
  /** By arithmetic of ours: the peers beside it, and the drift of the clock. */
  readonly beside: ReadonlyMap<Arithmetic, Pick<KernelResult, 'peers' | 'drift'>>
  readonly notTimed: readonly NotTimed[]
}

/**
 * Times ours and the peers' in the same rounds, all by the wall clock from handing over to completion, as many copies
 * at once as fill the region. A peer whose output is not ours is not timed. Our FP32 before and after all rounds
 * tells how far the clock drifted.
 * @throws What our own device throws.
 */
export async function contest(
  problem: Problem,
  arithmetics: readonly Arithmetic[],
  track: Pick<Track, 'kernels' | 'device'>,
  { entries }: PeerTeam,
  effort: KernelEffort = PEER_EFFORT,
): Promise<Contested> {
  const ours: Own[] = []
  const theirs: Challenger[] = []
  const notTimed: NotTimed[] = []
  const work = workOf(problem)
  const formats = formatsFor(problem)
  try {
    for (const arithmetic of new Set<Arithmetic>(['fp32', ...arithmetics])) {
      const instance = instantiate(problem.spec(arithmetic))
      ours.push(await Own.fill(await Contender.prepare(arithmetic, instance, track.device), effort.regionNs))
    }
    const [reference] = ours
    const expected = floatsOf(await reference.contender.read())
    for (const entry of entries.filter(({ format }) => formats.has(format)))
      try {
        theirs.push(await Challenger.admit(entry, work, expected, effort.regionNs))
      } catch (error) {
        const peer = { name: entry.name, precision: entry.called }
        for (const arithmetic of arithmetics)
          notTimed.push({ ...subjectOf(problem, arithmetic, track), peer, reason: messageOf(error) })
      }
    const all = [...ours, ...theirs]
    const before = await reference.pace()
    await interleave(
      all.map((one) => () => one.run()),
      all.reduce((sum, { turnNs }) => sum + turnNs, 0),
      effort,
    )
    const drift = (await reference.pace()) / before
    const beside = ours.map(
      ({ contender, samples }) =>
        [contender.arithmetic, { peers: theirs.map((one) => one.against(samples)), drift }] as const,
    )
    return { beside: new Map(beside), notTimed }
  } finally {
    for (const { contender } of ours) contender.free()
    for (const challenger of theirs) await challenger.free()
  }
}

function floatsOf({ data }: Tensor): Float32Array {
  return data instanceof Uint16Array ? fromFloat16(data) : Float32Array.from(data)
}
