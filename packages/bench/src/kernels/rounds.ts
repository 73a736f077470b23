import { FEWEST_SAMPLES } from '@octet/results'

/** How much time goes into one comparison. */
export interface KernelEffort {
  readonly rounds: number
  /** What is timed is repeated within one turn until it takes about this many ns. */
  readonly regionNs: number
  /** All rounds end at about this many ns; 6 are always made, as an interval needs them. */
  readonly budgetNs: number
}

/** Gives everyone a turn in each round, one after the other; who begins changes from round to round. */
export async function interleave(
  turns: readonly (() => Promise<unknown>)[],
  lapNs: number,
  { rounds, budgetNs }: KernelEffort,
): Promise<void> {
  const affordable = Math.max(FEWEST_SAMPLES, Math.min(rounds, Math.floor(budgetNs / lapNs)))
  for (let round = 0; round < affordable; round++)
    for (let turn = 0; turn < turns.length; turn++) await turns[(round + turn) % turns.length]()
}
