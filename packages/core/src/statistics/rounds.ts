import { FEWEST_SAMPLES } from './median.ts'

/** How much time goes into one comparison of times. */
export interface Effort {
  readonly rounds: number
  /** A contender repeats its work within one turn until the turn takes about this many ns. */
  readonly regionNs: number
  /** All rounds end at about this many ns; 6 rounds are always made, as an interval needs them. */
  readonly budgetNs: number
}

/** Something whose time is compared with that of others, round by round. */
export interface Contender {
  /** Sets the work of one turn to about `regionNs`, and returns its expected time in ns. */
  fill(regionNs: number): Promise<number>
  /** One turn. */
  run(): Promise<void>
}

/** How many rounds of `roundNs` each the effort allows: 6 at least. */
export function affordableRounds({ rounds, budgetNs }: Effort, roundNs: number): number {
  return Math.max(FEWEST_SAMPLES, Math.min(rounds, Math.floor(budgetNs / roundNs)))
}

/** How many repetitions of `oneNs` each take about `regionNs`: 1 to `most`. */
export function repeatsWithin(regionNs: number, oneNs: number, most: number = Infinity): number {
  return Math.max(1, Math.min(most, Math.ceil(regionNs / Math.max(oneNs, 1))))
}

/** A reading that is not this much below the least before it is no faster. */
const FASTER = 0.98
/** Readings in a row that are no faster, after which work counts as warm. */
const STEADY_READINGS = 3
/** How many readings a region holds, and how many regions a warm-up takes at most. */
const READINGS = 4
const MOST_REGIONS = 3

/**
 * Runs work until it is warm: engines compile it and clocks rise while it runs. A reading takes a quarter of a region.
 * The warm-up ends when three readings in a row are no faster than the fastest before them by 2%, or after three
 * regions; at once where one run fills a region. Returns the ns of one run, as the last reading has it.
 * @param time the median ns of so many runs
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

/** Most copies of an op that one turn by the wall clock takes. */
const MOST_COPIES = 1024

/**
 * Finds how many copies take about `regionNs`, from what `time` says of ever more copies, and the ns that they take.
 * The wall clock shows little of one copy alone.
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

/** The contenders in the order of their turns in a round: another one begins each round. */
export function inTurn<T>(contenders: readonly T[], round: number): T[] {
  return contenders.map((_, turn) => contenders[(round + turn) % contenders.length])
}

/**
 * Gives each contender a turn in each round, one after the other; who begins changes from round to round.
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
