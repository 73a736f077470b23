import type { Tensor } from '../tensor/tensor.ts'
import { binary } from './binary.ts'
import { classification } from './classification.ts'
import { features } from './features.ts'
import { none } from './none.ts'
import { regression } from './regression.ts'

interface Tasks {
  readonly classification: typeof classification
  readonly binary: typeof binary
  readonly regression: typeof regression
  readonly features: typeof features
  readonly none: typeof none
}

/** Every task by its id. All code that judges models looks tasks up here. */
export const TASKS: Tasks = { classification, binary, regression, features, none }

/** Tasks with a score. */
export type ScoredTaskId = Exclude<keyof Tasks, 'none'>
export type TaskId = ScoredTaskId | 'none'
export const TASK_IDS: readonly TaskId[] = Object.keys(TASKS) as TaskId[]

const isScored = (id: TaskId): id is ScoredTaskId => 'tally' in TASKS[id]
export const SCORED_TASKS: readonly ScoredTaskId[] = TASK_IDS.filter(isScored)

/** One-word names of their metrics. Tasks may share a name. */
export type TaskNoun = Tasks[ScoredTaskId]['noun']
export const TASK_NOUNS: readonly TaskNoun[] = [...new Set(SCORED_TASKS.map((id) => TASKS[id].noun))]

/** Tasks whose truth is in labels. */
export type LabelledTaskId = {
  [Id in TaskId]: Tasks[Id] extends { readonly truth: 'labels' } ? Id : never
}[TaskId]

/** Whether a task's truth is in labels. */
export function isLabelled(id: TaskId): id is LabelledTaskId {
  return 'readLabels' in TASKS[id]
}

/** The task that the model and its labels suggest; undefined if they fit no task. */
export function taskOfLabels(labels: Tensor, outputs: number): LabelledTaskId | undefined {
  return TASK_IDS.filter(isLabelled).find((id) => TASKS[id].looksLike(labels, outputs))
}
