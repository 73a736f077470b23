import { gain, type ScoredTaskId, TASKS } from '@octet/core'
import type { Cell } from './cell.ts'
import type { Run } from './run.ts'

/** The effect of training on one configuration, as stored values of the task's metric. */
export interface Recovery {
  readonly task: ScoredTaskId
  /** The value of plain PTQ on the same grids and calibration; absent if it was not measured. */
  readonly ptq?: number
  readonly qat: number
  readonly fp32: number
  /** The improvement of QAT over PTQ. */
  readonly gained?: number
}

/** The gain of a QAT cell over PTQ without transforms; undefined for other cells, and without labels. */
export function recoveryOf(run: Run, cell: Cell): Recovery | undefined {
  if (cell.method !== 'qat' || cell.task === undefined) return undefined
  const { id: task, value: qat, fp32 } = cell.task
  const ptq = run.cells.find((other) => isUntrained(other, cell))?.task?.value
  return { task, qat, fp32, ...(ptq !== undefined && { ptq, gained: gain(TASKS[task], ptq, qat) }) }
}

function isUntrained(other: Cell, cell: Cell): boolean {
  const grids = ({ weights, activations }: Cell): string =>
    [weights, activations]
      .map(({ bits, scheme, granularity }) => `${bits} ${scheme} ${granularity}`)
      .join(' ')
  return (
    other.method === 'ptq' &&
    other.transforms === undefined &&
    other.task !== undefined &&
    other.workload === cell.workload &&
    other.calibration === cell.calibration &&
    grids(other) === grids(cell)
  )
}
