import type { Cell } from './cell.ts'
import type { Run } from './run.ts'

/** What training was worth to one configuration. Fractions, 0 to 1. */
export interface Recovery {
  /** Accuracy of plain PTQ on the same grids and calibration; absent where that was not measured. */
  readonly ptq?: number
  readonly qat: number
  readonly fp32: number
  /** qat - ptq. */
  readonly gained?: number
}

/**
 * What training gained over PTQ, transforms left out, by a QAT cell; undefined for other cells, and where there is no
 * accuracy.
 */
export function recoveryOf(run: Run, cell: Cell): Recovery | undefined {
  if (cell.method !== 'qat' || cell.accuracy === undefined) return undefined
  const { value: qat, fp32 } = cell.accuracy
  const ptq = run.cells.find((other) => isUntrained(other, cell))?.accuracy?.value
  return { qat, fp32, ...(ptq !== undefined && { ptq, gained: qat - ptq }) }
}

function isUntrained(other: Cell, cell: Cell): boolean {
  const grids = ({ weights, activations }: Cell): string =>
    [weights, activations]
      .map(({ bits, scheme, granularity }) => `${bits} ${scheme} ${granularity}`)
      .join(' ')
  return (
    other.method === 'ptq' &&
    other.transforms === undefined &&
    other.accuracy !== undefined &&
    other.workload === cell.workload &&
    other.calibration === cell.calibration &&
    grids(other) === grids(cell)
  )
}
