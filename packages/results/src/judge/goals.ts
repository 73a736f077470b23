import type { Accuracy, Cell } from '../run/cell.ts'

/** What a configuration must keep to. */
export interface Goals {
  /** Most accuracy that may be lost against FP32, as a fraction: 0.01 is one point. */
  readonly maxDrop: number
  /**
   * Least SQNR of the output against FP32, in dB. Left out: MIN_SQNR_DB for models without an accuracy, none for
   * others.
   */
  readonly minSqnrDb?: number
  /** Most device time of one inference, in ns. */
  readonly maxLatencyNs?: number
  /** Most bytes of the model as exported. */
  readonly maxBytes?: number
  /** Most energy of one inference, in joules. */
  readonly maxEnergyJ?: number
}

export const DEFAULT_GOALS: Goals = { maxDrop: 0.01 }

/**
 * What the output of a model without an accuracy must keep, in dB: the error then carries a thousandth of the
 * output's power, so that its root mean square is 3% of the output's. An 8-bit grid over a sine allows 50 dB, one of
 * 5 bits 32 dB.
 */
export const MIN_SQNR_DB = 30

/**
 * How a cell stands to the goals of accuracy and fidelity: `shown` when the whole 95% interval of its drop is within,
 * `likely` when the figure is but the interval is not (more samples would tell), `missed` when the figure is past it.
 * FP32 is what others are held against, and shown by definition.
 */
export type Standing = 'shown' | 'likely' | 'missed'

/** A cell whose model was sized, and judged by its accuracy or, where it has none, by the fidelity of its output. */
export type Judged = Cell & Required<Pick<Cell, 'memory'>>

export function isJudged(cell: Cell): cell is Judged {
  const quality = cell.accuracy ?? cell.fidelity
  return (
    (quality !== undefined || cell.precision === 'fp32') &&
    cell.memory !== undefined &&
    (cell.status === 'ok' || cell.status === 'unstable')
  )
}

export function standing(cell: Cell, goals: Goals): Standing {
  const { precision, accuracy, fidelity } = cell
  if (precision === 'fp32') return 'shown'
  const least = goals.minSqnrDb ?? (accuracy === undefined ? MIN_SQNR_DB : undefined)
  if (least !== undefined && !(fidelity !== undefined && (fidelity.sqnrDb ?? Infinity) >= least))
    return 'missed'
  return accuracy === undefined ? 'shown' : dropStanding(accuracy, goals.maxDrop)
}

function dropStanding({ drop, ci95 }: Pick<Accuracy, 'drop' | 'ci95'>, maxDrop: number): Standing {
  if (drop > maxDrop) return 'missed'
  return ci95[1] <= maxDrop ? 'shown' : 'likely'
}

/** A goal on what an inference costs: the figure that it limits, and the words for both. */
interface Budget {
  readonly figure: string
  /** The flag of `octet recommend` that sets it. */
  readonly flag: string
  readonly limit: (goals: Goals) => number | undefined
  readonly of: (cell: Cell) => number | undefined
  readonly inWords: (limit: number) => string
}

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
    figure: 'energy',
    flag: '--max-energy-mj',
    limit: ({ maxEnergyJ }) => maxEnergyJ,
    of: ({ energy }) => energy?.joulesPerInference,
    inWords: (limit) => `${limit * 1e3} mJ`,
  },
]

/** Whether a cell keeps to every budget; a figure that was not measured does not. */
export function withinBudgets(cell: Cell, goals: Goals): boolean {
  return BUDGETS.every(({ limit, of }) => {
    const [most, value] = [limit(goals), of(cell)]
    return most === undefined || (value !== undefined && value <= most)
  })
}

/** Budgets that are set, and whose figure none of the cells has: nothing can be shown to keep to them. */
export function unmeasuredBudgets(cells: readonly Cell[], goals: Goals): Budget[] {
  return BUDGETS.filter(
    ({ limit, of }) => limit(goals) !== undefined && cells.every((cell) => of(cell) === undefined),
  )
}
