import { CHECKS, type OpSpec } from '../ops/list.ts'
import type { Case } from '../ops/case.ts'
import type { Checks } from '../ops/record.ts'
import { Random } from '../statistics/random.ts'

/** An op with concrete inputs. Every kernel package must compute it correctly. */
export interface ConformanceCase extends Case<OpSpec> {}

/** The kit's part of an op. */
export function checksOf({ op }: Pick<OpSpec, 'op'>): Checks<OpSpec> {
  return CHECKS[op]
}

/** The choice of the kit's cases. */
export interface KitChoice {
  /** The ops that have cases. Default: all ops. */
  readonly ops?: readonly OpSpec['op'][]
  /**
   * The seed of the random cases. Each op draws from its own start, so its cases do not depend on the choice of other
   * ops.
   */
  readonly seed?: number
}

/** Every case of the kit. The same seed gives the same cases. */
export function conformanceCases(choice: KitChoice = {}): ConformanceCase[] {
  return [...randomCases(choice), ...arithmeticCases(choice.ops)]
}

/** The cases that are drawn at random: some cases of every op in each of its precisions. */
export function randomCases({ ops = ALL, seed = 1 }: KitChoice = {}): ConformanceCase[] {
  return ops.flatMap((op) => [...CHECKS[op].cases(new Random(seed))])
}

/**
 * INT8 ops on numbers whose real results lie beside ties. There, one float32 operation that is rounded differently,
 * contracted or reordered gives another integer. On random grids and sums that happens once in 10^6 elements. WGSL
 * allows compilers all of these changes, so a device must show that its compiler makes none of them.
 */
export function arithmeticCases(ops: readonly OpSpec['op'][] = ALL): ConformanceCase[] {
  return ops.flatMap((op) => [...CHECKS[op].ties(false)])
}

/**
 * The cases with these names, in the kit's order. It makes the cases of an op up to the last named case, and no cases
 * of other ops.
 * @throws Error if the kit has no case with one of the names.
 */
export function* casesNamed(names: Iterable<string>): Generator<ConformanceCase> {
  const missing = new Set(names)
  yield* taken((op) => CHECKS[op].cases(new Random(1)), missing)
  yield* taken((op) => CHECKS[op].ties(false), missing)
  if (missing.size > 0) throw new Error(`the kit has no case "${[...missing].join('", "')}"`)
}

/** The cases of each op in turn, as long as one of the op's names is missing. */
function* taken(
  casesOf: (op: OpSpec['op']) => Iterable<ConformanceCase>,
  missing: Set<string>,
): Generator<ConformanceCase> {
  for (const op of ALL) {
    const left = new Set([...missing].filter((name) => name.startsWith(`${op} `)))
    if (left.size === 0) continue
    for (const one of casesOf(op)) {
      if (!left.delete(one.name)) continue
      missing.delete(one.name)
      yield one
      if (left.size === 0) break
    }
  }
}

/**
 * The same numbers for a device that has just opened. Of 65,536 numbers it takes every fifteenth, and one layer of each
 * kind.
 */
export function* probeCases(): Generator<ConformanceCase> {
  for (const op of ALL) yield* CHECKS[op].ties(true)
}

const ALL = Object.keys(CHECKS) as readonly OpSpec['op'][]
