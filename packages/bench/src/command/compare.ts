import { basename, dirname, resolve } from 'node:path'
import { compareRuns } from '@octet/results'
import { Command } from 'commander'
import { comparisonLines, comparisonMarkdown } from '../show/comparison.ts'
import { DONE, FAILED } from '../process/exit.ts'
import { newestRun, readHistory, readRun, RUN, runBefore, runFile } from '../store/run-folder.ts'
import { answer } from './answer.ts'
import { jsonOption } from './option.ts'
import type { Invocation } from './session.ts'

interface Flags {
  readonly history?: string
  readonly markdown?: true
  readonly json?: string
}

/** `octet compare A B`: exit 1 if a deterministic figure got worse, something was lost, or nothing was comparable. */
export function compareCommand(invocation: Invocation): Command {
  return new Command('compare')
    .description(
      'Judge run B against run A. Accuracy, fidelity, bytes, failures and losses gate; time comments.',
    )
    .argument('[a]', 'run folder or run.json before (default: the newest run in results from before b)')
    .argument('[b]', 'run folder or run.json after (default: the newest run in results)')
    .option(
      '--history <folder>',
      'folder of runs that show how much equal runs differ, for judging times (default: the folder that contains b)',
    )
    .option('--markdown', 'write the answer as Markdown, as for a comment on a change')
    .addOption(jsonOption())
    .action(
      invocation.action((given: string | undefined, other: string | undefined, flags: Flags) => {
        const { history, markdown, json } = flags
        const b = other ?? newestRun('results')
        const a = given ?? runBefore(b, 'results')
        const [before, after] = [readRun(a), readRun(b)]
        const folder = history ?? folderOfRuns(b)
        const { runs, left } = readHistory(folder)
        for (const line of left) invocation.reporter.log(line)
        if (runs.every(({ run }) => run.id === before.run.id || run.id === after.run.id))
          invocation.reporter.log(`times are not judged: ${folder} has no other runs, give --history FOLDER`)
        const comparison = compareRuns(before, after, runs)
        const show = markdown ? comparisonMarkdown : comparisonLines
        answer(invocation, json, comparison, show(before, after, comparison).join('\n'))
        return comparison.holds ? DONE : FAILED
      }),
    )
}

/** The folder of a run: the run folder, or the folder of a single results file. */
function folderOfRuns(path: string): string {
  const file = resolve(runFile(path))
  return basename(file) === RUN ? dirname(dirname(file)) : dirname(file)
}
