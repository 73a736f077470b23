import { SCORED_TASKS, type ScoredTaskId, TASKS } from '@octet/core'
import { Option } from 'commander'
import { positiveNumber } from './option.ts'

/** `--max-drop`: a number in the unit in which each task writes its goals. */
export function maxDropOption(against: string): Option {
  const units = new Set(
    SCORED_TASKS.map((id) => {
      const { noun, goalUnit, goal } = TASKS[id]
      return `${[goalUnit.name, noun].filter(Boolean).join(' of ')} (default: ${goalUnit.factor * goal})`
    }),
  )
  return new Option(
    '--max-drop <loss>',
    `the largest loss against ${against}, in ${[...units].join(', or ')}`,
  ).argParser(positiveNumber('--max-drop'))
}

/** The value in the unit of the task's stored goals. Without a value, the default goal. */
export function maxLossBy(maxDrop: number | undefined, id: ScoredTaskId): number {
  const { goalUnit, goal } = TASKS[id]
  return maxDrop === undefined ? goal : maxDrop / goalUnit.factor
}
