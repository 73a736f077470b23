import type { KernelDevice, OpSpec } from '@octet/core'
import { judgeVariants, type Rejection } from './judge.ts'
import { race } from './race.ts'

/** The result of a contest. */
export interface Outcome {
  /** The fastest right variant; left out where none is right. */
  readonly variant?: string
  /** The time of the default, or of the first variant that is right, over the chosen one's. */
  readonly ratio: number
  readonly rejected: readonly Rejection[]
  /** Unless the deadline kept a variant out. */
  readonly complete: boolean
}

/**
 * Finds the fastest variant that is right on all of some specs with the same shaders. Only the first spec is timed.
 *
 * @param names The default first, then in the order they are to be tried: cheap to compile first.
 * @param deadline `performance.now()` after which no further variant is compiled, once one is right.
 * @throws What the device throws when it is lost.
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
    // Those that are right on the first spec are compiled by now.
    const judged = await judgeVariants(device, spec, right, i === 0 ? { deadline } : {})
    right = judged.right
    rejected.push(...judged.rejected)
    complete &&= judged.complete
  }
  const won = right.length === 0 ? { ratio: 1 } : await race(device, specs[0], right)
  return { ...won, rejected, complete }
}
