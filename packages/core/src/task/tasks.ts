import { classification } from './classification.ts'
import { none } from './none.ts'

interface Tasks {
  readonly classification: typeof classification
  readonly none: typeof none
}

/** Every task by its id: whatever says how a model is judged asks here. */
export const TASKS: Tasks = { classification, none }

/** Tasks whose truth is in labels. */
export type LabelledTaskId = Exclude<keyof Tasks, 'none'>
export type TaskId = LabelledTaskId | 'none'
/** Their metrics in a word. */
export type TaskNoun = Tasks[LabelledTaskId]['noun']

const isLabelled = (id: string): id is LabelledTaskId => id in TASKS && id !== 'none'
export const LABELLED_TASKS: readonly LabelledTaskId[] = Object.keys(TASKS).filter(isLabelled)
