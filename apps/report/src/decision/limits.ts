import { type ScoredTaskId, TASKS } from '@octet/core'
import {
  boardGoals,
  type BoardId,
  type Budget,
  BUDGETS,
  type Cell,
  type Goals,
  maxLossOf,
} from '@octet/results'
import { bytes, duration, significant } from '../format/number.ts'
import { capitalized, tasksOf, written } from '../format/task.ts'

/** One goal that a reader can move over the figures of a run. */
export interface Limit {
  /** The name of the goal in the address. */
  readonly name: string
  readonly label: string
  /** The possible values, in the unit of stored figures, the strictest first. */
  readonly stops: readonly number[]
  /** The value before the reader moves it. Undefined means no limit, which is then the position after the last stop. */
  readonly initial?: number
  /** The largest value that a reader can choose: the board's capacity. */
  readonly most?: number
  /** The factor from the stored unit to the unit of the address. */
  readonly factor: number
  readonly inWords: (value: number) => string
  readonly into: (goals: Goals, value: number) => Goals
}

/** The possible goals for a loss, in default goals. */
const LOSSES = [0.1, 0.2, 0.5, 1, 2, 3, 5, 10, 20, 50]
/** The most stops of a slider over the figures of a run. */
const MOST_STOPS = 40

/** The goals for which cells have figures: one goal for each task's loss, then the costs of an inference. */
export function limitsOf(cells: readonly Cell[], board: BoardId | undefined): Limit[] {
  const given = board === undefined ? {} : boardGoals(board)
  return [...tasksOf(cells).map(lossLimit), ...BUDGETS.flatMap((budget) => costLimit(budget, cells, given))]
}

function lossLimit(id: ScoredTaskId): Limit {
  const { loss, goalUnit } = TASKS[id]
  const initial = maxLossOf({}, { id })
  return {
    name: `drop-${id}`,
    label: `${capitalized(loss.noun)} from FP32`,
    stops: LOSSES.map((times) => times * initial),
    initial,
    factor: goalUnit.factor,
    inWords: (value) => written(value, goalUnit),
    into: (goals, value) => ({ ...goals, maxLoss: { ...goals.maxLoss, [id]: value } }),
  }
}

/** The presentation of a cost goal. */
type Cost = Pick<Limit, 'name' | 'label' | 'factor' | 'inWords' | 'into'>

const COSTS: Readonly<Record<Budget['figure'], Cost>> = {
  latency: {
    name: 'latency',
    label: 'Latency',
    factor: 1e-6,
    inWords: duration,
    into: (goals, maxLatencyNs) => ({ ...goals, maxLatencyNs }),
  },
  size: {
    name: 'size',
    label: 'Model size',
    factor: 1,
    inWords: bytes,
    into: (goals, maxBytes) => ({ ...goals, maxBytes }),
  },
  RAM: {
    name: 'ram',
    label: 'RAM of activations',
    factor: 1,
    inWords: bytes,
    into: (goals, maxRamBytes) => ({ ...goals, maxRamBytes }),
  },
  energy: {
    name: 'energy',
    label: 'Energy',
    factor: 1e3,
    inWords: (value) => `${significant(value * 1e3)} mJ`,
    into: (goals, maxEnergyJ) => ({ ...goals, maxEnergyJ }),
  },
}

/** The goal of a cost over the figures that judge cells. A board's own limit is the last stop. */
function costLimit({ figure, limit, of }: Budget, cells: readonly Cell[], given: Goals): Limit[] {
  const most = limit(given)
  const stops = stopsOver(cells.flatMap((cell) => of(cell, given) ?? []))
  if (most === undefined) return stops.length > 1 ? [{ ...COSTS[figure], stops }] : []
  if (stops.length === 0) return []
  return [{ ...COSTS[figure], stops: [...stops.filter((stop) => stop < most), most], initial: most, most }]
}

/** The distinct figures, each rounded up to two digits. If there are too many, an evenly spaced selection. */
function stopsOver(figures: readonly number[]): number[] {
  const all = [...new Set(figures.filter((one) => one > 0).map(roundedUp))].toSorted((a, b) => a - b)
  if (all.length <= MOST_STOPS) return all
  return Array.from(
    { length: MOST_STOPS },
    (_, i) => all[Math.round((i * (all.length - 1)) / (MOST_STOPS - 1))],
  )
}

function roundedUp(value: number): number {
  const step = 10 ** (Math.floor(Math.log10(value)) - 1)
  return Number((Math.ceil(Number((value / step).toPrecision(12))) * step).toPrecision(2))
}
