import type { KernelDevice, OpSpec, PreparedOp, Step } from '@octet/core'
import { instancesOf } from './instance.ts'
import { freeStage, setUp, type Stage } from './stage.ts'
import { isBetter, isHopeless, verdictOf } from './verdict.ts'

/** Device time of one timed region: an op is repeated until it takes about this long. */
const REGION_NS = 3e6
const MOST_COPIES = 64
const ROUNDS = 9

/** A variant in the race. */
interface Contender {
  readonly variant: string
  readonly op: PreparedOp
  readonly step: Step
  /** The first one's time over its own, one a round. */
  readonly ratios: number[]
}

/**
 * The fastest of some right variants, and by how much. They take turns, round by round; what counts is the median of
 * their paired ratios to the first, and only a gain beyond doubt and of 3% or more replaces it.
 */
export async function race(
  device: KernelDevice,
  spec: OpSpec,
  variants: readonly string[],
): Promise<{ variant: string; ratio: number }> {
  if (variants.length === 1) return { variant: variants[0], ratio: 1 }
  const stage = await setUp(device, instancesOf(spec)[0])
  const contenders: Contender[] = []
  try {
    for (const variant of variants) contenders.push(await enter(device, stage, variant))
    return await run(device, contenders)
  } finally {
    for (const { op } of contenders) device.release(op)
    freeStage(device, stage)
  }
}

async function enter(
  device: KernelDevice,
  { instance: { spec, constants }, inputs, output }: Stage,
  variant: string,
): Promise<Contender> {
  const op = await device.prepare(spec, constants, variant)
  return { variant, op, step: { op, inputs, output }, ratios: [] }
}

async function run(
  device: KernelDevice,
  [first, ...others]: readonly Contender[],
): Promise<{ variant: string; ratio: number }> {
  const one = Math.min(...(await device.time([first.step], 3)).ns)
  const copies = Math.max(1, Math.min(MOST_COPIES, Math.ceil(REGION_NS / Math.max(one, 1))))
  const nsOf = async ({ step }: Contender): Promise<number> =>
    (
      await device.time(
        Array.from({ length: copies }, () => step),
        1,
      )
    ).ns[0]
  let running = others
  for (let round = 0; round < ROUNDS && running.length > 0; round++) {
    const times = new Map<Contender, number>()
    const turns = [first, ...running]
    for (let turn = 0; turn < turns.length; turn++) {
      const contender = turns[(round + turn) % turns.length]
      times.set(contender, await nsOf(contender))
    }
    for (const contender of running) contender.ratios.push(times.get(first)! / times.get(contender)!)
    running = running.filter(({ ratios }) => !isHopeless(ratios))
  }
  let best = { variant: first.variant, ratio: 1 }
  for (const { variant, ratios } of running) {
    const verdict = verdictOf(ratios)
    if (isBetter(verdict) && verdict.ratio > best.ratio) best = { variant, ratio: verdict.ratio }
  }
  return best
}
