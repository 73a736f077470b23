import { inUnit, SCORED_TASKS, type ScoredTaskId, named, TASKS, type Unit } from '@octet/core'
import type { Cell, TaskScore } from '@octet/results'
import { MINUS, range } from './number.ts'

/** A cell with a score of its task. */
export type Scored = Cell & Required<Pick<Cell, 'task'>>

export function isScored(cell: Cell): cell is Scored {
  return cell.task !== undefined
}

/** The tasks that judge some of the cells. */
export function tasksOf(cells: readonly Cell[]): ScoredTaskId[] {
  return SCORED_TASKS.filter((id) => cells.some(({ task }) => task?.id === id))
}

/** A stored number in its written unit, without the unit's name: `98.71`. */
export function bare(value: number, unit: Unit): string {
  const text = inUnit(Math.abs(value), unit)
  return value < 0 && Number(text) !== 0 ? MINUS + text : text
}

/** The same number with the name of the unit: `98.71%`. */
export function written(value: number, unit: Unit): string {
  return named(bare(value, unit), unit)
}

/** The value of a score: `98.71%`. */
export function valueInWords({ id, value }: Pick<TaskScore, 'id' | 'value'>): string {
  return written(value, TASKS[id].value)
}

/** A loss in its unit: `0.12 points`. */
export function lossInWords({ id, loss }: Pick<TaskScore, 'id' | 'loss'>): string {
  return written(loss, TASKS[id].loss)
}

/** A loss with its interval. It is positive if the cell is worse than FP32: `drop 0.12 points [−0.05, 0.29]`. */
export function lossWithInterval(score: TaskScore): string {
  const { loss } = TASKS[score.id]
  return `${loss.noun} ${lossInWords(score)} ${range(score.ci95, (end) => bare(end, loss))}`
}

/** The text with a capital first letter. */
export function capitalized(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`
}
