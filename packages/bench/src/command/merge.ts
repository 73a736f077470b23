import { resolve } from 'node:path'
import { Command } from 'commander'
import { mergeRuns } from '@octet/results'
import { makeRunFolder, newRunId, readRun, writeRun } from '../store/run-folder.ts'
import { answer } from './answer.ts'
import { jsonOption } from './option.ts'

/** `octet merge DIR…`: joins the shards of one sweep. */
export function mergeCommand(): Command {
  return new Command('merge')
    .description('Join the shards of a sweep into one run.')
    .argument('<runs...>', 'run folders or run.json files of the shards')
    .option('--out <dir>', 'where the joined run folder is made', 'results')
    .addOption(jsonOption())
    .action((paths: string[], { out, json }: { out: string; json?: string }) => {
      const id = newRunId()
      const run = mergeRuns(id, paths.map(readRun))
      const path = resolve(writeRun(makeRunFolder(out, id), run))
      answer(json, run, `results: ${path} (${run.cells.length} cells of ${paths.length} shards)`)
    })
}
