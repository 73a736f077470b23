import { LABELLED_TASKS, type LabelledTaskId, TASKS, withUnit } from '@octet/core'
import type { Cell } from '../../run/cell.ts'
import { BUDGETS, type Goals, maxLossOf, minSqnrOf } from '../goals.ts'

/** Goals of some cells as `1.00 points of FP32, 20000 bytes`; without labels as `30 dB of SQNR, 20000 bytes`. */
export function goalsInWords(goals: Goals, cells: readonly Cell[]): string {
  const tasks = LABELLED_TASKS.filter((id) => cells.some(({ task }) => task?.id === id))
  const minSqnrDb = minSqnrOf(goals, cells.find(({ task }) => task !== undefined)?.task)
  return [
    ...tasks.map((id) => `${maxLossInWords(goals, id)} of FP32`),
    ...(minSqnrDb === undefined ? [] : [`${minSqnrDb} dB of SQNR`]),
    ...BUDGETS.flatMap(({ limit, inWords }) => {
      const most = limit(goals)
      return most === undefined ? [] : [inWords(most)]
    }),
  ].join(', ')
}

/** The most that may be lost: `1.00 points`. */
export function maxLossInWords(goals: Goals, id: LabelledTaskId): string {
  return withUnit(maxLossOf(goals, id), TASKS[id].loss)
}
