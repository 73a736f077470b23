import type { KernelDevice, OpSpec, Tensor } from '@octet/core'
import { instancesOf } from './instance.ts'
import { differences, Oracle } from './oracle.ts'
import { freeStage, runOn, setUp, type Stage } from './stage.ts'

/**
 * A variant whose first dispatch takes longer is given up. A program has many ops, and each would wait this long once.
 */
const COMPILE_CAP_MS = 5000
/** The most elements for which the reference settles a difference between variants. */
const MOST_DISPUTED = 64

/** A variant that was given up. */
export interface Rejection {
  readonly variant: string
  readonly reason: string
  /** Whether its outputs differ from the reference, it does not run, or it takes too long to compile. */
  readonly wrong: boolean
}

/** The time limits of variants. */
interface Limits {
  /** `performance.now()` after which no further variant is compiled, once a variant is correct. */
  readonly deadline?: number
  /** The most milliseconds of a first dispatch, which includes compilation. */
  readonly capMs?: number
}

export interface Judgement {
  /** Variants with the reference's results, in the given order. */
  readonly right: readonly string[]
  readonly rejected: readonly Rejection[]
  /** False if the deadline left out a variant. */
  readonly complete: boolean
}

/** Variants with equal outputs: every element, on every instance. */
interface Camp {
  readonly outputs: readonly Tensor[]
  readonly variants: string[]
}

interface Judged extends Stage {
  readonly oracle: Oracle
}

/**
 * Compares every variant of an op with the reference: whole outputs of small ops, and sampled outputs of large ops.
 * Then it compares whole outputs with each other. Where two variants differ, the reference decides which is wrong. A
 * fault in one element that no sample meets is therefore found as long as at least one variant does not share it.
 *
 * @param variants In the order of trial. The first may take any time to compile.
 * @throws The device's error if the device is lost.
 */
export async function judgeVariants(
  device: KernelDevice,
  spec: OpSpec,
  variants: readonly string[],
  { deadline = Infinity, capMs = COMPILE_CAP_MS }: Limits = {},
): Promise<Judgement> {
  const stages: Judged[] = []
  const camps: Camp[] = []
  const rejected: Rejection[] = []
  let complete = true
  try {
    for (const instance of instancesOf(spec))
      stages.push({ ...(await setUp(device, instance)), oracle: new Oracle(instance) })
    for (const [i, variant] of variants.entries()) {
      complete = performance.now() < deadline || camps.length === 0
      if (!complete) break
      const tried = await tryVariant(device, stages, variant, i === 0 ? Infinity : capMs)
      if ('reason' in tried) rejected.push(tried)
      else join(camps, variant, tried.outputs)
    }
    const faults = await settle(camps, stages)
    for (const [camp, reason] of faults)
      rejected.push(...camp.variants.map((variant) => ({ variant, reason, wrong: true })))
    const right = new Set(camps.filter((camp) => !faults.has(camp)).flatMap((camp) => camp.variants))
    return { right: variants.filter((variant) => right.has(variant)), rejected, complete }
  } finally {
    for (const stage of stages) freeStage(device, stage)
  }
}

/** A variant's outputs, or the reason why it is given up. @throws If the reason is the loss of the device. */
async function tryVariant(
  device: KernelDevice,
  stages: readonly Judged[],
  variant: string,
  capMs: number,
): Promise<{ readonly outputs: readonly Tensor[] } | Rejection> {
  const outputs: Tensor[] = []
  try {
    for (const stage of stages) {
      const { output, firstMs } = await runOn(device, stage, variant)
      if (firstMs > capMs) {
        const reason = `its first dispatch took ${(firstMs / 1000).toFixed(1)} s, past the cap of ${capMs / 1000} s`
        return { variant, reason, wrong: false }
      }
      const fault = await stage.oracle.fault(output)
      if (fault !== undefined) return { variant, reason: wrongly(stage, fault), wrong: true }
      outputs.push(output)
    }
    return { outputs }
  } catch (error) {
    await device.finish()
    return { variant, reason: error instanceof Error ? error.message : String(error), wrong: false }
  }
}

function wrongly({ instance }: Stage, fault: string): string {
  return `its output is not the reference's (${instance.name} values): ${fault}`
}

function join(camps: Camp[], variant: string, outputs: readonly Tensor[]): void {
  const same = camps.find((camp) =>
    camp.outputs.every((output, i) => differences(output, outputs[i], 1).length === 0),
  )
  if (same === undefined) camps.push({ outputs, variants: [variant] })
  else same.variants.push(variant)
}

/** Asks the reference wherever camps differ. Returns the camps that are wrong there, each with its fault. */
async function settle(camps: readonly Camp[], stages: readonly Judged[]): Promise<Map<Camp, string>> {
  const faults = new Map<Camp, string>()
  for (const [i, a] of camps.entries())
    for (const b of camps.slice(i + 1))
      for (const [s, stage] of stages.entries()) {
        const disputed = differences(a.outputs[s], b.outputs[s], MOST_DISPUTED)
        for (const camp of [a, b]) {
          const fault = await stage.oracle.faultAt(camp.outputs[s], disputed)
          if (fault !== undefined && !faults.has(camp)) faults.set(camp, wrongly(stage, fault))
        }
      }
  return faults
}
