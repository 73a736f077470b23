import type { KernelDevice, OpSpec } from '@octet/core'
import { judgeVariants, type Rejection } from './judge.ts'
import { race } from './race.ts'

/** The result of a contest. */
export interface Outcome {
  /** The fastest correct variant. Absent if none is correct. */
  readonly variant?: string
  /** The time of the default, or of the first correct variant, over the chosen variant's time. */
  readonly ratio: number
  readonly rejected: readonly Rejection[]
  /** False if the deadline left out a variant. */
  readonly complete: boolean
}

/**
 * Finds the fastest variant that is correct on all of some specs with the same shaders. Only the first spec is timed.
 *
 * @param names The default first, then the others in the order of trial: cheap to compile first.
 * @param deadline `performance.now()` after which no further variant is compiled, once a variant is correct.
 * @throws The device's error if the device is lost.
 */
export async function contest(
  device: KernelDevice,
  specs: readonly [OpSpec, ...OpSpec[]],
  names: readonly string[],
  deadline: number,
): Promise<Outcome> {
  let right = names
  const rejected: Rejection[] = []
  let complete = true
  for (const [i, spec] of specs.entries()) {
    if (right.length === 0) break
    // The variants that are correct on the first spec are already compiled.
    const judged = await judgeVariants(device, spec, right, i === 0 ? { deadline } : {})
    right = judged.right
    rejected.push(...judged.rejected)
    complete &&= judged.complete
  }
  const won = right.length === 0 ? { ratio: 1 } : await race(device, specs[0], right)
  return { ...won, rejected, complete }
}
