import { FEWEST_SAMPLES } from './median.ts'

/** The time that one comparison of times may take. */
export interface Effort {
  readonly rounds: number
  /** A contender repeats its work within one turn until the turn takes about this many ns. */
  readonly regionNs: number
  /** All rounds together take about this many ns. There are always 6 rounds, because an interval needs them. */
  readonly budgetNs: number
}

/** A contender, whose time is compared with other contenders' times, round by round. */
export interface Contender {
  /** Sets the work of one turn to about `regionNs`, and returns its expected time in ns. */
  fill(regionNs: number): Promise<number>
  /** Runs one turn. */
  run(): Promise<void>
}

/** The number of rounds of `roundNs` each that the effort allows; at least 6. */
export function affordableRounds({ rounds, budgetNs }: Effort, roundNs: number): number {
  return Math.max(FEWEST_SAMPLES, Math.min(rounds, Math.floor(budgetNs / roundNs)))
}

/** The number of repetitions of `oneNs` each that take about `regionNs`: 1 to `most`. */
export function repeatsWithin(regionNs: number, oneNs: number, most: number = Infinity): number {
  return Math.max(1, Math.min(most, Math.ceil(regionNs / Math.max(oneNs, 1))))
}

/** A reading counts as faster only if it is below this share of the least reading before it. */
const FASTER = 0.98
/** After this many consecutive readings that are not faster, the work counts as warm. */
const STEADY_READINGS = 3
/** The number of readings in a region, and the most regions in a warm-up. */
const READINGS = 4
const MOST_REGIONS = 3

/**
 * Runs work until it is warm: while it runs, engines compile it and clocks rise. A reading takes a quarter of a region.
 * The warm-up ends when three consecutive readings are not at least 2% faster than the fastest before them, or after
 * three regions. If one run fills a region, it ends at once. Returns the ns of one run in the last reading.
 * @param time the median ns of one run, over the given number of runs
 */
export async function warmUp(
  time: (repeats: number) => Promise<number>,
  regionNs: number,
  mostRepeats: number = Infinity,
): Promise<number> {
  let one = await time(1)
  if (one >= regionNs) return one
  let least = one
  let steady = 0
  for (let spent = one; steady < STEADY_READINGS && spent < MOST_REGIONS * regionNs;) {
    const repeats = repeatsWithin(regionNs / READINGS, one, mostRepeats)
    one = Math.max(1, await time(repeats))
    spent += repeats * one
    steady = one < FASTER * least ? 0 : steady + 1
    least = Math.min(least, one)
  }
  return one
}

/** The most copies of an op in one turn by the wall clock. */
const MOST_COPIES = 1024

/**
 * Finds the number of copies that take about `regionNs`, by calling `time` with ever more copies, and their ns. The
 * wall clock measures a single copy poorly.
 */
export async function copiesWithin(
  regionNs: number,
  time: (copies: number) => Promise<number>,
): Promise<{ readonly copies: number; readonly ns: number }> {
  let copies = 1
  let ns = await time(copies)
  while (ns < regionNs && copies < MOST_COPIES) {
    copies = Math.min(MOST_COPIES, 8 * copies, Math.ceil((1.2 * copies * regionNs) / ns))
    ns = await time(copies)
  }
  return { copies, ns }
}

/** The contenders in the order of their turns in a round. Each round starts with another contender. */
export function inTurn<T>(contenders: readonly T[], round: number): T[] {
  return contenders.map((_, turn) => contenders[(round + turn) % contenders.length])
}

/**
 * Gives each contender a turn in each round. The contender that begins changes from round to round.
 * @param opening has a turn before every round
 */
export async function interleave(
  contenders: readonly Pick<Contender, 'run'>[],
  rounds: number,
  opening?: Pick<Contender, 'run'>,
): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    await opening?.run()
    for (const contender of inTurn(contenders, round)) await contender.run()
  }
}

/**
 * Settles every contender's turn, and interleaves as many rounds as the effort allows.
 * @param opening has a turn before every round
 */
export async function race(
  contenders: readonly Contender[],
  effort: Effort,
  opening?: Contender,
): Promise<void> {
  let roundNs = (await opening?.fill(effort.regionNs)) ?? 0
  for (const contender of contenders) roundNs += await contender.fill(effort.regionNs)
  await interleave(contenders, affordableRounds(effort, roundNs), opening)
}
