import { bytesOf, type Execution, macsOf, type ProgramStep, storedBytesOf } from '@octet/core'
import { FEWEST_SAMPLES, median, now, timed } from '@octet/core/statistics'
import type { Profile } from '@octet/results'
import { StepTimer } from './layers.ts'
import { type Ends, StageTimer } from './stages.ts'

/** The approximate limit for the profile of one program, in ns by the clock of the host. */
export const FULL_PROFILE_NS = 1.5e9
export const QUICK_PROFILE_NS = 2e8

/** The figures of a profile, without its device and program. */
export type Profiled = Pick<Profile, 'precision' | 'hostToHost' | 'stages' | 'device'>

/** The most rounds, the fewest rounds at any cost, and the most runs from sample to answer in one round. */
const MOST_ROUNDS = 31
const FEWEST_ROUNDS = 5
const MOST_RUNS = 10

/**
 * The parts of the time of a loaded program for one sample. Steps and stages are timed in turn, round by round, until
 * the budget is spent. Undefined if one inference takes longer than a sixth of the budget.
 */
export async function profileOf(
  execution: Execution,
  ends: Ends,
  budgetNs: number,
): Promise<Profiled | undefined> {
  const begin = now()
  await execution.run(ends.decode())
  if (now() - begin > budgetNs / FEWEST_SAMPLES) return undefined
  // Half of the budget is for the steps, a quarter for the stages, and some of the rest for warming up.
  const warmUntil = now() + budgetNs / 20
  const warm: number[] = []
  do warm.push(await elapsed(() => execution.run(ends.decode())))
  while (now() < warmUntil)
  const { clock, ns } = await execution.time(3)
  const oneNs = Math.max(1, median(ns))
  const steps = new StepTimer(execution, { clock, oneNs, budgetNs: budgetNs / 2, mostRounds: MOST_ROUNDS })
  const affordable = Math.floor(budgetNs / 4 / steps.rounds / median(warm))
  const runs = Math.max(Math.ceil(FEWEST_SAMPLES / steps.rounds), Math.min(MOST_RUNS, affordable))
  const stages = new StageTimer(execution, ends)
  // A device that uses no time by its own clock may still use the host's time for each submission.
  const fewest = Math.max(FEWEST_ROUNDS, Math.ceil(FEWEST_SAMPLES / runs))
  for (let round = 0; round < steps.rounds; round++) {
    if (round >= fewest && now() - begin > budgetNs) break
    await steps.run()
    await stages.run(runs)
  }
  const times = steps.result()
  const { ns: each, ...device } = times
  const layers = execution.program.steps.map((step, i) => ({
    node: step.name,
    op: step.spec.op,
    ns: each[i],
    macs: macsOf(step.spec),
    bytes: bytesMoved(step),
  }))
  const restNs = device.wholeNs - each.reduce((sum, one) => sum + one, 0)
  const { precision } = execution.program
  return { precision, ...stages.result(times), device: { ...device, restNs, layers } }
}

async function elapsed(run: () => Promise<unknown>): Promise<number> {
  const [ns] = await timed(1, run)
  return ns
}

/** The bytes of inputs, output, weights and bias, each counted once. */
function bytesMoved(step: ProgramStep): number {
  const { inputs, output } = step.spec
  return [...inputs, output].reduce((sum, one) => sum + bytesOf(one), storedBytesOf(step))
}
