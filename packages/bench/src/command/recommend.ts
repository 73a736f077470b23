import { SCORED_TASKS, TASKS } from '@octet/core'
import {
  type BoardId,
  boardGoals,
  boardNotes,
  type Goals,
  onBoard,
  recommend,
  recommendationLines,
} from '@octet/results'
import { Command } from 'commander'
import { DONE, FAILED } from '../process/exit.ts'
import { newestRun, readRun } from '../store/run-folder.ts'
import { answer } from './answer.ts'
import { maxDropOption, maxLossBy } from './max-drop.ts'
import { boardOption, jsonOption, positiveNumber } from './option.ts'
import type { Invocation } from './session.ts'

interface Flags {
  readonly maxDrop?: number
  readonly minSqnrDb?: number
  readonly maxLatencyMs?: number
  readonly maxBytes?: number
  readonly maxRam?: number
  readonly maxFlash?: number
  readonly maxEnergyMj?: number
  readonly board?: BoardId
  readonly json?: string
}

/** `octet recommend RUN`: exit 1 if a workload has no configuration that is shown to meet the goals. */
export function recommendCommand(invocation: Invocation): Command {
  return new Command('recommend')
    .description('Pick a configuration for each workload of a run, under goals.')
    .argument('[run]', 'run folder or run.json (default: the newest run in results)')
    .addOption(maxDropOption('FP32'))
    .option(
      '--min-sqnr-db <dB>',
      `the least SQNR of the output against FP32 (default: ${TASKS.none.goal} for models without labels, none for others)`,
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
    .addOption(boardOption('stay within its flash and RAM, and use its modelled energy'))
    .addOption(jsonOption())
    .action(
      invocation.action((path: string | undefined, flags: Flags) => {
        const { board } = flags
        const whole = readRun(path ?? newestRun('results'))
        const run = board === undefined ? whole : onBoard(whole, board)
        const recommendation = recommend(run, goalsOf(flags))
        const { choices } = recommendation
        const [sentence, ...each] = recommendationLines(recommendation)
        const notes = board === undefined ? [] : boardNotes(board)
        const text = [sentence, ...each.map((line) => `  ${line}`), ...notes].join('\n')
        answer(invocation, flags.json, recommendation, text)
        return choices.length > 0 && choices.every(({ standing }) => standing === 'shown') ? DONE : FAILED
      }),
    )
}

function goalsOf({ maxDrop, minSqnrDb, maxLatencyMs, maxEnergyMj, board, ...most }: Flags): Goals {
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

/** The strictest of several limits. Undefined if no limit is set. */
function leastOf(...limits: readonly (number | undefined)[]): number | undefined {
  const set = limits.filter((limit) => limit !== undefined)
  return set.length === 0 ? undefined : Math.min(...set)
}
