import { CHECKS, type OpSpec } from '../ops/list.ts'
import type { Case } from '../ops/case.ts'
import type { Checks } from '../ops/record.ts'
import { Random } from '../statistics/random.ts'

/** One op with concrete inputs, which a kernel package must compute correctly. */
export interface ConformanceCase extends Case<OpSpec> {}

/** The kit's part of an op. */
export function checksOf({ op }: Pick<OpSpec, 'op'>): Checks<OpSpec> {
  return CHECKS[op]
}

/** Which cases of the kit are made. */
export interface KitChoice {
  /** Of these ops; by default of all. */
  readonly ops?: readonly OpSpec['op'][]
  /** Of the random cases. An op draws from its own start: its cases are the same whatever others are made. */
  readonly seed?: number
}

/** Every case of the kit, the same for the same seed. */
export function conformanceCases(choice: KitChoice = {}): ConformanceCase[] {
  return [...randomCases(choice), ...arithmeticCases(choice.ops)]
}

/** The cases that are drawn at random: some of every op in every precision that it has. */
export function randomCases({ ops = ALL, seed = 1 }: KitChoice = {}): ConformanceCase[] {
  return ops.flatMap((op) => [...CHECKS[op].cases(new Random(seed))])
}

/**
 * INT8 ops on numbers whose real results lie beside ties, where one float32 operation that is rounded otherwise,
 * contracted or taken in another order ends in another integer. On grids and sums drawn at random that happens once
 * in 10^6 elements. WGSL allows a compiler all of these, so a device must show that its own does none of them.
 */
export function arithmeticCases(ops: readonly OpSpec['op'][] = ALL): ConformanceCase[] {
  return ops.flatMap((op) => [...CHECKS[op].ties(false)])
}

/**
 * The cases of these names, in the kit's order. Of an op it makes the cases up to the last one that is named, and of
 * other ops none.
 * @throws Error where the kit has no case of some name.
 */
export function* casesNamed(names: Iterable<string>): Generator<ConformanceCase> {
  const missing = new Set(names)
  yield* taken((op) => CHECKS[op].cases(new Random(1)), missing)
  yield* taken((op) => CHECKS[op].ties(false), missing)
  if (missing.size > 0) throw new Error(`the kit has no case "${[...missing].join('", "')}"`)
}

/** The cases of each op in turn while one of its names is missing. */
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
 * The same numbers for a device that has just opened: every fifteenth where there are 65,536, and one layer of a
 * kind.
 */
export function* probeCases(): Generator<ConformanceCase> {
  for (const op of ALL) yield* CHECKS[op].ties(true)
}

const ALL = Object.keys(CHECKS) as readonly OpSpec['op'][]
