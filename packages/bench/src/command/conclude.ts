import { resolve } from 'node:path'
import { OctetError } from '@octet/core'
import { boardGoals, boardsOf, type Goals, recommend, recommendationLines, type Run } from '@octet/results'
import { DONE, FAILED } from '../process/exit.ts'
import { cellTables } from '../show/table.ts'
import { writeReport } from '../site/report.ts'
import { writeRun } from '../store/run-folder.ts'
import { answer } from './answer.ts'
import type { Session } from './session.ts'

export interface Conclusion {
  /** Whether to build the report. */
  readonly report: boolean
  readonly json?: string | undefined
  /** Absent: the default goals, within the limits of the run's board. */
  readonly goals?: Goals
  /** Further remarks for the user, one line each. */
  readonly remarks?: readonly string[]
}

/**
 * Writes a run and shows its tables, recommendation and report. The recommendation respects the limits of the board in
 * the run's energy model. Returns 1 if a cell failed, else 0.
 */
export function conclude(
  session: Session,
  folder: string,
  run: Run,
  { report, json, goals = goalsOf(run), remarks = [] }: Conclusion,
): number {
  const path = writeRun(folder, run)
  const page = report ? reportPage(session, folder, run) : undefined
  const [sentence, ...each] = recommendationLines(recommend(run, goals))
  const lines = [
    ...(run.cells.length === 0 ? [] : [cellTables(run), '']),
    `Recommendation: ${sentence}`,
    ...each.map((line) => `  ${line}`),
    '',
    `results: ${resolve(path)}`,
    ...(page === undefined ? [] : [`report:  ${page}`]),
    ...remarks,
  ]
  answer(session, json, run, lines.join('\n'))
  return run.cells.some(({ status }) => status === 'failed') ? FAILED : DONE
}

/** Default goals, and the limits of the run's board. Cells of several boards have no common limits. */
function goalsOf({ cells }: Run): Goals {
  const [board, another] = boardsOf(cells)
  return board === undefined || another !== undefined ? {} : boardGoals(board)
}

/** Builds the report. A report that cannot be built does not make the run fail. */
function reportPage({ reporter }: Session, folder: string, run: Run): string | undefined {
  const page = resolve(folder, 'report', 'index.html')
  try {
    writeReport([run], page)
    return page
  } catch (error) {
    if (!(error instanceof OctetError)) throw error
    reporter.log(`no report: ${error.message}. ${error.mend ?? ''}`)
    return undefined
  }
}
