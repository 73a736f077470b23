import type { Cell } from '../run/cell.ts'
import { configurationKey } from '../run/configuration.ts'
import type { Run } from '../run/run.ts'
import { MINIMUM_EFFECT } from '../statistics/ratio.ts'
import type { Choice, Recommendation } from './choice.ts'
import { DEFAULT_GOALS, type Goals, standing, withinBudget } from './goals.ts'
import { choiceSentence, summarySentence } from './sentence.ts'

/** A cell whose accuracy and size are known. */
type Measured = Cell & Required<Pick<Cell, 'accuracy' | 'memory'>>

/**
 * Picks a configuration for each workload of a run. Accuracy comes first: only cells whose drop is within the goal are looked
 * at. Of these the smallest as exported; of those the ones whose whole interval is within the goal, where there are any;
 * then the fastest; then the one with more bits, as fewer that save nothing have no use; then the one that loses least. Sizes and times within 5%
 * count as equal.
 */
export function recommend(run: Run, goals: Goals = DEFAULT_GOALS): Recommendation {
  const choices = run.workloads.map(({ id }) => choose(run, id, goals))
  const common = commonConfiguration(run, goals)
  const found = common === undefined ? {} : { common }
  return { goals, choices, ...found, sentence: summarySentence(run, goals, choices, common?.cells) }
}

function choose(run: Run, workload: string, goals: Goals): Choice {
  const measured = run.cells.filter((cell) => cell.workload === workload).filter(isMeasured)
  const allowed = measured.filter((cell) => isAllowed(cell, goals))
  const cell = narrow(allowed, goals)
  const baseline = measured.find(
    (other) => other.precision === 'fp32' && (cell === undefined || sameDevice(other, cell)),
  )
  const fastest = quickest(allowed, cell)
  const int8 = measured.filter(({ precision }) => precision === 'int8')
  const bestInt8 = int8.some((other) => allowed.includes(other))
    ? undefined
    : int8.toSorted((a, b) => a.accuracy.drop - b.accuracy.drop)[0]
  const chosen = {
    workload,
    standing: cell === undefined ? ('missed' as const) : standing(cell.accuracy, goals.maxDrop),
    ...(cell && { cell }),
    ...(baseline && { baseline }),
    ...(fastest && { fastest }),
    ...(bestInt8 && { bestInt8 }),
  }
  return { ...chosen, sentence: choiceSentence(run, goals, chosen) }
}

/** Leaves the allowed cells that are as small as can be, then those shown to be within the goal, then the fastest; takes of most bits the one that loses least. */
function narrow(allowed: readonly Measured[], goals: Goals): Measured | undefined {
  const small = near(allowed, ({ memory }) => memory.weightBytes)
  const shown = small.filter(({ accuracy }) => standing(accuracy, goals.maxDrop) === 'shown')
  return near(shown.length > 0 ? shown : small, time).toSorted(
    (a, b) => b.weights.bits - a.weights.bits || byLoss(a, b),
  )[0]
}

/** The fastest allowed cell if it beats `cell` by the minimum effect with intervals apart. */
function quickest(allowed: readonly Measured[], cell: Measured | undefined): Measured | undefined {
  if (cell?.latency === undefined) return undefined
  const best = allowed.toSorted((a, b) => time(a) - time(b))[0]
  if (best?.latency === undefined || time(best) * (1 + MINIMUM_EFFECT) > time(cell)) return undefined
  return best.latency.ci95[1] < cell.latency.ci95[0] ? best : undefined
}

/** The INT8 configuration, on one device, that all workloads allow: of the smallest in all, the one whose worst upper bound of the drop is least, then the fastest. */
function commonConfiguration(run: Run, goals: Goals): Recommendation['common'] {
  const groups = new Map<string, Measured[]>()
  for (const cell of run.cells.filter(isMeasured)) {
    if (cell.precision !== 'int8' || !isAllowed(cell, goals)) continue
    const key = `${configurationKey(cell)} ${cell.kernels} ${cell.adapter}`
    groups.set(key, [...(groups.get(key) ?? []), cell])
  }
  const worst = (cells: readonly Measured[]): number =>
    Math.max(...cells.map(({ accuracy }) => accuracy.ci95[1]))
  const sum = (cells: readonly Measured[], cost: (cell: Measured) => number): number =>
    cells.reduce((total, cell) => total + cost(cell), 0)
  const whole = [...groups.values()].filter(
    (group) => new Set(group.map(({ workload }) => workload)).size === run.workloads.length,
  )
  const cells = near(whole, (group) => sum(group, ({ memory }) => memory.weightBytes)).toSorted(
    (a, b) => worst(a) - worst(b) || sum(a, time) - sum(b, time),
  )[0]
  return cells && { configuration: cells[0], cells }
}

/** Those that cost as little as can be, equal within the minimum effect; all where nothing has a cost. */
function near<T>(all: readonly T[], cost: (one: T) => number): readonly T[] {
  const best = Math.min(...all.map(cost))
  return best === Infinity ? all : all.filter((one) => cost(one) <= best * (1 + MINIMUM_EFFECT))
}

function isMeasured(cell: Cell): cell is Measured {
  return (
    cell.accuracy !== undefined &&
    cell.memory !== undefined &&
    (cell.status === 'ok' || cell.status === 'unstable')
  )
}

function isAllowed(cell: Measured, goals: Goals): boolean {
  return standing(cell.accuracy, goals.maxDrop) !== 'missed' && withinBudget(cell, goals)
}

function sameDevice(a: Cell, b: Cell): boolean {
  return a.kernels === b.kernels && a.adapter === b.adapter
}

/** Device time in ns: of an unsteady one the longest that its interval allows; a cell without one comes last. */
function time({ status, latency }: Cell): number {
  if (latency === undefined) return Infinity
  return status === 'ok' ? latency.median : latency.ci95[1]
}

function byLoss(a: Measured, b: Measured): number {
  return a.accuracy.ci95[1] - b.accuracy.ci95[1]
}
