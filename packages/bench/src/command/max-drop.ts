import { LABELLED_TASKS, type LabelledTaskId, TASKS } from '@octet/core'
import { Option } from 'commander'
import { positiveNumber } from './option.ts'

/** `--max-drop`: a number in the unit in which each task writes its losses. */
export function maxDropOption(against: string): Option {
  const units = LABELLED_TASKS.map((id) => {
    const { noun, loss, goal } = TASKS[id]
    return `${[loss.name, noun].filter(Boolean).join(' of ')} (default: ${loss.factor * goal})`
  })
  return new Option(
    '--max-drop <loss>',
    `most to lose against ${against}, in ${units.join(', or ')}`,
  ).argParser(positiveNumber('--max-drop'))
}

/** The same as a task stores it; left out, the task's default goal. */
export function maxLossBy(maxDrop: number | undefined, id: LabelledTaskId): number {
  const { loss, goal } = TASKS[id]
  return maxDrop === undefined ? goal : maxDrop / loss.factor
}
