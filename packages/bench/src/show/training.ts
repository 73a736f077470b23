import { type Cell, configurationKey, configurationName, recoveryOf, type Run } from '@octet/results'
import { named, TASKS, withUnit } from '@octet/core'
import { duration, signed } from './number.ts'

/** The gain and the cost of training, one line for each trained configuration of the cells. */
export function trainingLines(run: Run, cells: readonly Cell[]): string[] {
  return cells.flatMap((cell) => {
    const key = configurationKey(cell)
    const training = run.trainings?.find(
      ({ workload, configuration }) => workload === cell.workload && configuration === key,
    )
    const recovery = recoveryOf(run, cell)
    if (training === undefined || recovery === undefined) return []
    const { gained, ptq, qat } = recovery
    const { value, loss } = TASKS[recovery.task]
    const worth =
      gained === undefined
        ? withUnit(qat, value)
        : `${named(signed(gained, loss), loss)} over PTQ's ${withUnit(ptq!, value)}`
    const cost = training.seconds === undefined ? 'trained before' : `in ${duration(training.seconds * 1000)}`
    const course =
      `${training.steps} steps, kept step ` +
      `${training.best}${training.stoppedEarly ? ', stopped early' : ''}`
    return [`${configurationName(cell)}: ${worth}, ${cost} (${course})`]
  })
}
