import { CHECKS, type OpSpec } from '../ops/list.ts'
import type { Case } from '../ops/case.ts'
import type { Checks } from '../ops/record.ts'
import { Random } from '../statistics/random.ts'

/** One op with concrete inputs: what a kernel package must get right. */
export interface ConformanceCase extends Case<OpSpec> {}

/** The kit's part of an op. */
export function checksOf({ op }: Pick<OpSpec, 'op'>): Checks<OpSpec> {
  return CHECKS[op]
}

/** Every case of the kit, the same for the same seed. */
export function conformanceCases(seed = 1): ConformanceCase[] {
  return [...ALL.flatMap((checks) => [...checks.cases(new Random(seed))]), ...arithmeticCases()]
}

/**
 * INT8 ops on numbers whose real results lie beside ties, where one float32 operation that is rounded otherwise,
 * contracted or taken in another order ends in another integer. On grids and sums drawn at random that happens once
 * in 10^6 elements. WGSL allows a compiler all of these, so a device must show that its own does none of them.
 */
export function arithmeticCases(): ConformanceCase[] {
  return ALL.flatMap((checks) => [...checks.ties(false)])
}

/**
 * The same numbers for a device that has just opened: every fifteenth where there are 65,536, and one layer of a
 * kind.
 */
export function* probeCases(): Generator<ConformanceCase> {
  for (const checks of ALL) yield* checks.ties(true)
}

const ALL = Object.values(CHECKS) as readonly Checks<OpSpec>[]
