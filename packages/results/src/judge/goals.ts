import { type ScoredTaskId, TASKS } from '@octet/core'
import { type Board, type BoardId, BOARDS } from '../board/boards.ts'
import { type Cell, type Energy, ramOf, type TaskScore } from '../run/cell.ts'

/** The goals of a configuration. */
export interface Goals {
  /** The largest loss against FP32, by task, in `scale`s of the score. If it is left out: the task's default goal. */
  readonly maxLoss?: Readonly<Partial<Record<ScoredTaskId, number>>>
  /**
   * The least SQNR of the output against FP32, in dB. If it is left out: the default goal for a model without labels,
   * none for others.
   */
  readonly minSqnrDb?: number
  /** The most device time of one inference, in ns. */
  readonly maxLatencyNs?: number
  /** The most bytes of the exported model. */
  readonly maxBytes?: number
  /** The most bytes of activations, laid out in one block. */
  readonly maxRamBytes?: number
  /** The most energy of one inference, in joules. The upper end of a figure's interval or range counts. */
  readonly maxEnergyJ?: number
  /** If it is given, the energy is the modelled energy for this board. If it is left out: the measured energy. */
  readonly board?: BoardId
}

/** The goals of a board: the sizes of its flash and its RAM, if its source states them. */
export function boardGoals(board: BoardId): Goals {
  const { flashBytes, ramBytes }: Board = BOARDS[board]
  return {
    board,
    ...(flashBytes !== undefined && { maxBytes: flashBytes }),
    ...(ramBytes !== undefined && { maxRamBytes: ramBytes }),
  }
}

/** The energy of a cell to which goals apply, if it has any. */
export function energyOf({ energy = [] }: Pick<Cell, 'energy'>, { board }: Goals): Energy | undefined {
  return energy.find((one) => (one.tier === 'board' ? one.board === board : board === undefined))
}

/** The largest loss that goals allow a model, in the unit in which its score is stored. */
export function maxLossOf({ maxLoss }: Goals, { id, scale = 1 }: Pick<TaskScore, 'id' | 'scale'>): number {
  return (maxLoss?.[id] ?? TASKS[id].goal) * scale
}

/** The least SQNR in dB that a cell must have; undefined if there is no such goal. */
export function minSqnrOf({ minSqnrDb }: Goals, task: TaskScore | undefined): number | undefined {
  return minSqnrDb ?? (task === undefined ? TASKS.none.goal : undefined)
}

/**
 * The relation of a cell to the goals of loss and fidelity. `shown`: the whole 95% interval of its loss is within the
 * goal. `likely`: the figure is, but the interval is not, and more samples would tell. `missed`: the figure is past the
 * goal. FP32 is the baseline of all others, and shown by definition.
 */
export type Standing = 'shown' | 'likely' | 'missed'

/** A cell whose model was sized, and judged by its task's metric or, without labels, by the fidelity of its output. */
export type Judged = Cell & Required<Pick<Cell, 'memory'>>

export function isJudged(cell: Cell): cell is Judged {
  const quality = cell.task ?? cell.fidelity
  return (
    (quality !== undefined || cell.precision === 'fp32') &&
    cell.memory !== undefined &&
    (cell.status === 'ok' || cell.status === 'unstable')
  )
}

export function standing(cell: Cell, goals: Goals): Standing {
  const { precision, task, fidelity } = cell
  if (precision === 'fp32') return 'shown'
  const least = minSqnrOf(goals, task)
  if (least !== undefined && !(fidelity !== undefined && (fidelity.sqnrDb ?? Infinity) >= least))
    return 'missed'
  return task === undefined ? 'shown' : lossStanding(task, maxLossOf(goals, task))
}

function lossStanding({ loss, ci95 }: TaskScore, most: number): Standing {
  if (loss > most) return 'missed'
  return ci95[1] <= most ? 'shown' : 'likely'
}

/** A goal on the cost of an inference: the limited figure, and the words for both. */
export interface Budget {
  readonly figure: 'latency' | 'size' | 'RAM' | 'energy'
  /** The flag of `octet recommend` that sets the goal. */
  readonly flag: string
  readonly limit: (goals: Goals) => number | undefined
  readonly of: (cell: Cell, goals: Goals) => number | undefined
  readonly inWords: (limit: number, goals: Goals) => string
}

/** All goals of cost. The same figures judge a cell and are shown beside it. */
export const BUDGETS: readonly Budget[] = [
  {
    figure: 'latency',
    flag: '--max-latency-ms',
    limit: ({ maxLatencyNs }) => maxLatencyNs,
    of: ({ latency }) => latency?.median,
    inWords: (limit) => `${limit / 1e6} ms`,
  },
  {
    figure: 'size',
    flag: '--max-bytes',
    limit: ({ maxBytes }) => maxBytes,
    of: ({ memory }) => memory?.weightBytes,
    inWords: (limit) => `${limit} bytes`,
  },
  {
    figure: 'RAM',
    flag: '--max-ram',
    limit: ({ maxRamBytes }) => maxRamBytes,
    of: ({ memory }) => memory && ramOf(memory),
    inWords: (limit) => `${limit} bytes of RAM`,
  },
  {
    figure: 'energy',
    flag: '--max-energy-mj',
    limit: ({ maxEnergyJ }) => maxEnergyJ,
    of: (cell, goals) => {
      const energy = energyOf(cell, goals)
      return energy?.tier === 'board' ? energy.range[1] : energy?.ci95[1]
    },
    inWords: (limit, { board }) =>
      board === undefined ? `${limit * 1e3} mJ` : `${limit * 1e3} mJ modelled for ${BOARDS[board].name}`,
  },
]

/** Whether a cell keeps to every budget. A figure that was not measured does not. */
function withinBudgets(cell: Cell, goals: Goals): boolean {
  return BUDGETS.every(({ limit, of }) => {
    const [most, value] = [limit(goals), of(cell, goals)]
    return most === undefined || (value !== undefined && value <= most)
  })
}

/** The budgets that are set although no cell has their figure: no cell can be shown to keep to them. */
export function unmeasuredBudgets(cells: readonly Cell[], goals: Goals): Budget[] {
  return BUDGETS.filter(
    ({ limit, of }) => limit(goals) !== undefined && cells.every((cell) => of(cell, goals) === undefined),
  )
}

/** Whether a cell misses no goal and keeps to every budget. */
export function meetsGoals(cell: Cell, goals: Goals): boolean {
  return standing(cell, goals) !== 'missed' && withinBudgets(cell, goals)
}
