import { join, resolve } from 'node:path'
import { Command } from 'commander'
import { DONE } from '../process/exit.ts'
import { writeReport } from '../site/report.ts'
import { newestRun, readRun } from '../store/run-folder.ts'
import { answer } from './answer.ts'
import { jsonOption } from './option.ts'
import type { Invocation } from './session.ts'

/** `octet report [RUN…]`. */
export function reportCommand(invocation: Invocation): Command {
  return new Command('report')
    .description('Build the static report over one or more runs.')
    .argument('[runs...]', 'run folders or run.json files (default: the newest run in results)')
    .option('--out <dir>', 'folder of the report', join('results', 'report'))
    .addOption(jsonOption())
    .action(
      invocation.action((paths: string[], { out, json }: { out: string; json?: string }) => {
        const runs = (paths.length === 0 ? [newestRun('results')] : paths).map(readRun)
        const page = resolve(out, 'index.html')
        writeReport(runs, page)
        answer(invocation, json, { report: page, runs: runs.map(({ run }) => run.id) }, `report: ${page}`)
        return DONE
      }),
    )
}
