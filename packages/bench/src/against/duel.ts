/** One build's side of a comparison. It runs in its own process. */
export interface Side {
  load(key: string): Promise<void>
  /** Warms the work up, and sets how many repetitions a turn has. Returns the time of a turn, in ns. */
  warmUp(key: string, regionNs: number): Promise<number>
  /** The time of one turn, in ns. */
  turn(key: string): Promise<number>
  free(key: string): Promise<void>
}

/** The time that one pair of processes spends on one program. */
export interface DuelEffort {
  readonly rounds: number
  /** The time that a turn should take, in ns. */
  readonly regionNs: number
  /** Rounds end after about this many ns of both sides. There are always at least three rounds. */
  readonly budgetNs: number
}

const FEWEST_ROUNDS = 3
const WARM_UPS = 2

export type SideName = 'base' | 'head'

/** A side that failed, with its fault. */
export class SideFault extends Error {
  readonly side: SideName

  constructor(side: SideName, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause })
    this.side = side
  }
}

/**
 * The time of a program in the base over its time in the head. Each side runs in its own process. Both sides have a
 * turn in each round, so that drift of the machine affects both. The side that begins changes from round to round.
 * Other work on the machine can only lengthen a turn, so each side counts by the lower quartile of its turns (Chen and
 * Revels, "Robust benchmarking in noisy environments", 2016, use the minimum).
 * @param order the side that loads and begins first stands first: the first work in a process runs cold
 * @throws SideFault
 */
export async function duel(
  key: string,
  sides: Readonly<Record<SideName, Side>>,
  order: readonly SideName[],
  effort: DuelEffort,
): Promise<number> {
  const blaming = async <T>(side: SideName, run: (one: Side) => Promise<T>): Promise<T> => {
    try {
      return await run(sides[side])
    } catch (error) {
      throw new SideFault(side, error)
    }
  }
  for (const side of order) await blaming(side, (one) => one.load(key))
  // Engines compile in the background, so the first work of a process is warmed up twice, before and after the other
  // side.
  let roundNs = 0
  for (let pass = 0; pass < WARM_UPS; pass++) {
    roundNs = 0
    for (const side of order) roundNs += await blaming(side, (one) => one.warmUp(key, effort.regionNs))
  }
  const affordable = Math.floor(effort.budgetNs / Math.max(1, roundNs))
  const rounds = Math.max(FEWEST_ROUNDS, Math.min(effort.rounds, affordable))
  const turns = { base: [] as number[], head: [] as number[] }
  for (let round = 0; round < rounds; round++) {
    for (const side of round % 2 === 0 ? order : order.toReversed())
      turns[side].push(await blaming(side, (one) => one.turn(key)))
  }
  for (const side of order) await blaming(side, (one) => one.free(key))
  return lowerQuartile(turns.base) / lowerQuartile(turns.head)
}

function lowerQuartile(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 4)]
}
