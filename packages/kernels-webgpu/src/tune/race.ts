import type { KernelDevice, OpSpec, PreparedOp, Step } from '@octet/core'
import { inTurn, pairedRatio, repeatsWithin } from '@octet/core/statistics'
import { instancesOf } from './instance.ts'
import { freeStage, setUp, type Stage } from './stage.ts'
import { isBetter, isHopeless } from './gain.ts'

/** Device time of one timed region. An op is repeated until it takes about this long. */
const REGION_NS = 3e6
const MOST_COPIES = 64
const ROUNDS = 9

/** A variant in the race. */
interface VariantContender {
  readonly variant: string
  readonly op: PreparedOp
  readonly step: Step
  /** ns, one figure per round. */
  readonly samples: number[]
}

/**
 * The fastest of some correct variants, and its gain. The variants take turns, round by round. The median of their
 * paired ratios to the first variant counts. Only a statistically certain gain of at least 3% replaces the first.
 */
export async function race(
  device: KernelDevice,
  spec: OpSpec,
  variants: readonly string[],
): Promise<{ variant: string; ratio: number }> {
  if (variants.length === 1) return { variant: variants[0], ratio: 1 }
  const stage = await setUp(device, instancesOf(spec)[0])
  const contenders: VariantContender[] = []
  try {
    for (const variant of variants) contenders.push(await prepare(device, stage, variant))
    return await run(device, contenders)
  } finally {
    for (const { op } of contenders) device.release(op)
    freeStage(device, stage)
  }
}

async function prepare(
  device: KernelDevice,
  { instance: { spec, constants }, inputs, output }: Stage,
  variant: string,
): Promise<VariantContender> {
  const op = await device.prepare(spec, constants, variant)
  return { variant, op, step: { op, inputs, output }, samples: [] }
}

async function run(
  device: KernelDevice,
  [first, ...others]: readonly VariantContender[],
): Promise<{ variant: string; ratio: number }> {
  const one = Math.min(...(await device.time([first.step], 3)).ns)
  const copies = repeatsWithin(REGION_NS, one, MOST_COPIES)
  let running = others
  for (let round = 0; round < ROUNDS && running.length > 0; round++) {
    for (const { step, samples } of inTurn([first, ...running], round)) {
      const steps = Array.from({ length: copies }, () => step)
      samples.push((await device.time(steps, 1)).ns[0])
    }
    running = running.filter(({ samples }) => !isHopeless(first.samples, samples))
  }
  let best = { variant: first.variant, ratio: 1 }
  for (const { variant, samples } of running) {
    const gain = pairedRatio(first.samples, samples)
    if (isBetter(gain) && gain.ratio > best.ratio) best = { variant, ratio: gain.ratio }
  }
  return best
}
