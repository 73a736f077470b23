/** One build's side of a comparison, in a process of its own. */
export interface Side {
  /** Loads and warms up; what a turn takes, in ns. */
  load(key: string, regionNs: number): Promise<number>
  /** The time of one turn, in ns. */
  turn(key: string): Promise<number>
  free(key: string): Promise<void>
}

/** How much time one pair of processes puts into one program. */
export interface DuelEffort {
  readonly rounds: number
  /** What a turn should take, in ns. */
  readonly regionNs: number
  /** Rounds end at about this many ns of both sides; three are always made. */
  readonly budgetNs: number
}

const FEWEST_ROUNDS = 3

/** Who failed, and how. */
export class SideFault extends Error {
  readonly side: 'base' | 'head'

  constructor(side: 'base' | 'head', cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause })
    this.side = side
  }
}

/**
 * The time of a program in the base over that in the head, each in its process. Both have a turn in each round, so that
 * drift of the machine falls on both, and who begins changes from round to round. Other work on the machine only ever
 * lengthens a turn, so each side counts by its lower quartile of turns (as Chen and Revels, "Robust benchmarking in
 * noisy environments", 2016, who take the least).
 * @throws SideFault
 */
export async function duel(key: string, base: Side, head: Side, effort: DuelEffort): Promise<number> {
  const sides = { base, head }
  const blaming = async <T>(side: 'base' | 'head', run: (one: Side) => Promise<T>): Promise<T> => {
    try {
      return await run(sides[side])
    } catch (error) {
      throw new SideFault(side, error)
    }
  }
  let roundNs = 0
  for (const side of ['base', 'head'] as const)
    roundNs += await blaming(side, (one) => one.load(key, effort.regionNs))
  const affordable = Math.floor(effort.budgetNs / Math.max(1, roundNs))
  const rounds = Math.max(FEWEST_ROUNDS, Math.min(effort.rounds, affordable))
  const turns = { base: [] as number[], head: [] as number[] }
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? (['base', 'head'] as const) : (['head', 'base'] as const)
    for (const side of order) turns[side].push(await blaming(side, (one) => one.turn(key)))
  }
  for (const side of ['base', 'head'] as const) await blaming(side, (one) => one.free(key))
  return lowerQuartile(turns.base) / lowerQuartile(turns.head)
}

function lowerQuartile(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 4)]
}
