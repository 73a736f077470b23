import { type Cell, configurationKey, configurationName, recoveryOf, type Run } from '@octet/results'
import { duration, percent, points } from './number.ts'

/** What training was worth and cost, a line for each trained configuration among the cells. */
export function trainingLines(run: Run, cells: readonly Cell[]): string[] {
  return cells.flatMap((cell) => {
    const key = configurationKey(cell)
    const training = run.trainings?.find(
      ({ workload, configuration }) => workload === cell.workload && configuration === key,
    )
    const recovery = recoveryOf(run, cell)
    if (training === undefined || recovery === undefined) return []
    const { gained, ptq, qat } = recovery
    const worth = gained === undefined ? percent(qat) : `${points(gained)} points over PTQ's ${percent(ptq!)}`
    const cost = training.seconds === undefined ? 'trained before' : `in ${duration(training.seconds * 1000)}`
    const course = `${training.steps} steps, kept step ${training.best}${training.stoppedEarly ? ', stopped early' : ''}`
    return [`${configurationName(cell)}: ${worth}, ${cost} (${course})`]
  })
}
