import { type Cell, cellKey, CellSchema, type Configuration, faultIn } from '@octet/results'
import type { TimedProgram } from '../store/entry.ts'

/** The place of a cell: one configuration of one workload on one device. */
export interface CellPlace {
  readonly workload: string
  readonly configuration: Configuration
  readonly kernels: string
  readonly adapter: string
}

/** The measurements of a cell. */
export interface CellFigures extends Pick<Cell, 'task' | 'fidelity' | 'outputsHash'> {
  readonly timed?: TimedProgram
  /** The reason why the cell failed. */
  readonly fault?: string
}

/** The key of the cell at a place. */
export function keyAt({ workload, configuration, kernels, adapter }: CellPlace): string {
  return cellKey({ ...configuration, workload, kernels, adapter })
}

/**
 * A cell that was measured or failed. A cell with a figure that a results file cannot hold, which a device may return,
 * fails for that reason.
 */
export function measuredCell(place: CellPlace, figures: CellFigures): Cell {
  const { task, fidelity, outputsHash, timed, fault } = figures
  const cell: Cell = {
    ...head(place),
    ...(fault === undefined
      ? timed?.unstable === undefined
        ? { status: 'ok' }
        : { status: 'unstable', reason: timed.unstable }
      : { status: 'failed', reason: fault }),
    ...(task && { task }),
    ...(fidelity && { fidelity }),
    ...(outputsHash !== undefined && { outputsHash }),
    ...(timed && { latency: timed.latency, memory: timed.memory }),
    ...(timed?.energy && { energy: [timed.energy] }),
    fallbackOps: timed?.fallbackOps ?? [],
    ...(timed && Object.keys(timed.variants).length > 0 && { variants: timed.variants }),
  }
  const unfit = faultIn(CellSchema, cell)
  if (unfit === undefined) return cell
  const reason = `its figures cannot be recorded, ${unfit}`
  return {
    ...head(place),
    status: 'failed',
    reason: fault === undefined ? reason : `${fault}; ${reason}`,
    fallbackOps: [],
  }
}

/** A cell that was skipped. */
export function skippedCell(place: CellPlace, reason: string): Cell {
  return { ...head(place), status: 'skipped', reason, fallbackOps: [] }
}

function head(place: CellPlace) {
  const { workload, configuration, kernels, adapter } = place
  return { key: keyAt(place), workload, ...configuration, kernels, adapter }
}
