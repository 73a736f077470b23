import { SCORED_TASKS, type ScoredTaskId, TASKS, withUnit } from '@octet/core'
import type { Cell } from '../../run/cell.ts'
import { BUDGETS, type Goals, minSqnrOf } from '../goals.ts'

/** The goals of some cells: `1.00 points of FP32, 20000 bytes`; without labels `30 dB of SQNR, 20000 bytes`. */
export function goalsInWords(goals: Goals, cells: readonly Cell[]): string {
  const tasks = SCORED_TASKS.filter((id) => cells.some(({ task }) => task?.id === id))
  const minSqnrDb = minSqnrOf(goals, cells.find(({ task }) => task !== undefined)?.task)
  return [
    ...new Set(tasks.map((id) => `${maxLossInWords(goals, id)} of FP32`)),
    ...(minSqnrDb === undefined ? [] : [`${minSqnrDb} dB of SQNR`]),
    ...BUDGETS.flatMap(({ limit, inWords }) => {
      const most = limit(goals)
      return most === undefined ? [] : [inWords(most, goals)]
    }),
  ].join(', ')
}

/** The largest loss: `1.00 points`, `1.00% of the labels' deviation`. */
export function maxLossInWords({ maxLoss }: Goals, id: ScoredTaskId): string {
  return withUnit(maxLoss?.[id] ?? TASKS[id].goal, TASKS[id].goalUnit)
}
