import { SCORED_TASKS, TASKS } from '@octet/core'
import { type BoardId, boardGoals, type Goals } from '@octet/results'
import type { Command } from 'commander'
import type { ConfiguredGoals } from '../config/config.ts'
import { maxDropOption, maxLossBy } from './max-drop.ts'
import { positiveNumber } from './option.ts'

/** The names of the flags that limit a configuration. */
export const GOAL_FLAGS: readonly (keyof ConfiguredGoals)[] = [
  'maxDrop',
  'minSqnrDb',
  'maxLatencyMs',
  'maxBytes',
  'maxRam',
  'maxFlash',
  'maxEnergyMj',
]

/** Adds the flags that limit a configuration. */
export function withGoalOptions(command: Command): Command {
  return command
    .addOption(maxDropOption('FP32'))
    .option(
      '--min-sqnr-db <dB>',
      `the least SQNR of the output against FP32 (default: ${TASKS.none.goal} for models without ` +
        'labels, none for others)',
      positiveNumber('--min-sqnr-db'),
    )
    .option(
      '--max-latency-ms <ms>',
      'the most device time of one inference (default: no limit)',
      positiveNumber('--max-latency-ms'),
    )
    .option(
      '--max-bytes <bytes>',
      'the most bytes of the exported model (default: no limit)',
      positiveNumber('--max-bytes'),
    )
    .option(
      '--max-flash <bytes>',
      'the same limit, as the flash of a board (default: no limit)',
      positiveNumber('--max-flash'),
    )
    .option(
      '--max-ram <bytes>',
      'the most bytes of activations (default: no limit)',
      positiveNumber('--max-ram'),
    )
    .option(
      '--max-energy-mj <mJ>',
      'the most energy of one inference (default: no limit)',
      positiveNumber('--max-energy-mj'),
    )
}

/** The goals that the flags set, within the limits of a board. */
export function goalsOf(
  { maxDrop, minSqnrDb, maxLatencyMs, maxEnergyMj, ...most }: ConfiguredGoals,
  board: BoardId | undefined,
): Goals {
  const given = board === undefined ? {} : boardGoals(board)
  const maxBytes = leastOf(given.maxBytes, most.maxBytes, most.maxFlash)
  const maxRamBytes = leastOf(given.maxRamBytes, most.maxRam)
  return {
    ...(maxDrop !== undefined && {
      maxLoss: Object.fromEntries(SCORED_TASKS.map((id) => [id, maxLossBy(maxDrop, id)])),
    }),
    ...(minSqnrDb !== undefined && { minSqnrDb }),
    ...(maxLatencyMs !== undefined && { maxLatencyNs: maxLatencyMs * 1e6 }),
    ...(maxBytes !== undefined && { maxBytes }),
    ...(maxRamBytes !== undefined && { maxRamBytes }),
    ...(maxEnergyMj !== undefined && { maxEnergyJ: maxEnergyMj / 1e3 }),
    ...(board !== undefined && { board }),
  }
}

/** The strictest of some limits; undefined where none is set. */
function leastOf(...limits: readonly (number | undefined)[]): number | undefined {
  const set = limits.filter((limit) => limit !== undefined)
  return set.length === 0 ? undefined : Math.min(...set)
}
