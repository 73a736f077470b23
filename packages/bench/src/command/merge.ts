import { Command } from 'commander'
import { mergeRuns } from '@octet/results'
import { makeRunFolder, newRunId, readRun } from '../store/run-folder.ts'
import { conclude } from './conclude.ts'
import { jsonOption } from './option.ts'
import type { Invocation } from './session.ts'

interface Flags {
  readonly out: string
  readonly report: boolean
  readonly json?: string
}

/** `octet merge DIR…`: joins the shards of one sweep, and reports the whole as `bench` does. */
export function mergeCommand(invocation: Invocation): Command {
  return new Command('merge')
    .description('Join the shards of a sweep into one run: its table, recommendation and report.')
    .argument('<runs...>', 'run folders or run.json files of the shards')
    .option('--out <dir>', 'folder for the joined run folder', 'results')
    .option('--no-report', 'do not build the report')
    .addOption(jsonOption())
    .action(
      invocation.action((paths: string[], { out, report, json }: Flags) => {
        const id = newRunId()
        const run = mergeRuns(id, paths.map(readRun))
        const remarks = [`${run.cells.length} cells of ${paths.length} shards`]
        return conclude(invocation, makeRunFolder(out, id), run, { report, json, remarks })
      }),
    )
}
