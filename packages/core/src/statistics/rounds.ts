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
  /** Settles how much one turn does, so that it takes about `regionNs`; returns about what it will take, in ns. */
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
