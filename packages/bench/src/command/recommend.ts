import { type BoardId, boardNotes, onBoard, recommend, recommendationLines } from '@octet/results'
import { Command } from 'commander'
import type { ConfiguredGoals } from '../config/config.ts'
import { DONE, FAILED } from '../process/exit.ts'
import { newestRun, readRun } from '../store/run-folder.ts'
import { answer } from './answer.ts'
import { goalsOf, withGoalOptions } from './goals.ts'
import { boardOption, jsonOption } from './option.ts'
import type { Invocation } from './session.ts'

interface Flags extends ConfiguredGoals {
  readonly board?: BoardId
  readonly json?: string
}

/** `octet recommend RUN`: exit 1 if a workload has no configuration that is shown to meet the goals. */
export function recommendCommand(invocation: Invocation): Command {
  const command = new Command('recommend')
    .description('Pick a configuration for each workload of a run, under goals.')
    .argument('[run]', 'run folder or run.json (default: the newest run in results)')
  return withGoalOptions(command)
    .addOption(boardOption('the board whose flash and RAM are limits, and whose modelled energy is used'))
    .addOption(jsonOption())
    .action(
      invocation.action((path: string | undefined, flags: Flags) => {
        const { board } = flags
        const whole = readRun(path ?? newestRun('results'))
        const run = board === undefined ? whole : onBoard(whole, board)
        const recommendation = recommend(run, goalsOf(flags, board))
        const { choices } = recommendation
        const [sentence, ...each] = recommendationLines(recommendation)
        const notes = board === undefined ? [] : boardNotes(board)
        const text = [sentence, ...each.map((line) => `  ${line}`), ...notes].join('\n')
        answer(invocation, flags.json, recommendation, text)
        return choices.length > 0 && choices.every(({ standing }) => standing === 'shown') ? DONE : FAILED
      }),
    )
}
