import { resolve } from 'node:path'
import { OctetError } from '@octet/core'
import { recommend, recommendationLines, type Run } from '@octet/results'
import { cellTables } from '../show/table.ts'
import { tell } from '../show/tell.ts'
import { writeReport } from '../site/report.ts'
import { writeRun } from '../store/run-folder.ts'
import { answer } from './answer.ts'

export interface Conclusion {
  /** Whether to build the report. */
  readonly report: boolean
  readonly json?: string | undefined
  /** What else there is to tell, a line each. */
  readonly remarks?: readonly string[]
}

/** Writes a run and shows what it came to: tables, recommendation, report. Exit 1 where a cell failed. */
export function conclude(folder: string, run: Run, { report, json, remarks = [] }: Conclusion): void {
  const path = writeRun(folder, run)
  const page = report ? reportPage(folder, run) : undefined
  const [sentence, ...each] = recommendationLines(recommend(run))
  const lines = [
    ...(run.cells.length === 0 ? [] : [cellTables(run), '']),
    `Recommendation: ${sentence}`,
    ...each.map((line) => `  ${line}`),
    '',
    `results: ${resolve(path)}`,
    ...(page === undefined ? [] : [`report:  ${page}`]),
    ...remarks,
  ]
  answer(json, run, lines.join('\n'))
  if (run.cells.some(({ status }) => status === 'failed')) process.exitCode = 1
}

/** Builds the report; that it cannot be built takes nothing from the run. */
function reportPage(folder: string, run: Run): string | undefined {
  const page = resolve(folder, 'report', 'index.html')
  try {
    writeReport([run], page)
    return page
  } catch (error) {
    if (!(error instanceof OctetError)) throw error
    tell(`no report: ${error.message}. ${error.mend ?? ''}`)
    return undefined
  }
}
