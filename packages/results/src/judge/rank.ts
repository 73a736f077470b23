import { CALIBRATION_COSTS, findCalibrator, KERNEL_PRECISION, PRECISION } from '@octet/core'
import { MINIMUM_EFFECT } from '@octet/core/statistics'
import type { Cell } from '../run/cell.ts'
import { configurationKey, transformsOf } from '../run/configuration.ts'
import { type Goals, type Judged, maxLossOf, standing } from './goals.ts'

/** The decibels of SQNR by which two outputs must differ to be told apart: an eightieth of the error. */
const SQNR_STEP = 0.1

/** A candidate: one configuration on one device, with its cell of each workload. */
export type Deployment = readonly Judged[]

/** The deciding figure among deployments that the samples do not tell apart. */
export type Reason = 'sqnr' | 'agreement' | 'simplicity'

export interface Ranking {
  readonly best: Deployment
  /**
   * The deployments that equal the best in size, time and, as far as the samples tell, quality: one per configuration,
   * including the best.
   */
  readonly equals: readonly Deployment[]
  /** Absent if the best has no equal. */
  readonly reason?: Reason
}

/**
 * The best of some deployments, none of which misses a goal. Each step looks only at the deployments that the step
 * before kept: those shown to be within the goals, if there are any; the smallest exports; the fastest (sizes and times
 * within 5% are equal); those whose loss the samples do not tell from the least loss, where a gain counts as no loss;
 * the highest SQNR of the output (within 0.1 dB is equal); the highest agreement with FP32; the simplest. Undefined
 * without deployments.
 */
export function rank(deployments: readonly Deployment[], goals: Goals): Ranking | undefined {
  const shown = deployments.filter((cells) => cells.every((cell) => standing(cell, goals) === 'shown'))
  const small = near(shown.length > 0 ? shown : deployments, sizeOf)
  const fast = near(small, timeOf)
  const equal = indistinct(fast)
  const faithful = highest(equal, sqnrOf, SQNR_STEP)
  const agreeing = highest(faithful, agreementOf, 0)
  const [best] = agreeing.toSorted(bySimplicity)
  if (best === undefined) return undefined
  const others = new Map(equal.map((one) => [configurationKey(one[0]), one]))
  const equals = [...others.set(configurationKey(best[0]), best).values()]
  if (equals.length === 1) return { best, equals }
  const configurations = (some: readonly Deployment[]): number =>
    new Set(some.map(([cell]) => configurationKey(cell))).size
  const reason =
    configurations(faithful) === 1 ? 'sqnr' : configurations(agreeing) === 1 ? 'agreement' : 'simplicity'
  return { best, equals, reason }
}

/** The bytes of the exported models. */
export function sizeOf(cells: Deployment): number {
  return sum(cells, ({ memory }) => memory.weightBytes)
}

/** The device time in ns. For an unsteady time, the longest in its interval. A cell without a time comes last. */
export function timeOf(cells: readonly Cell[]): number {
  return sum(cells, ({ status, latency }) =>
    latency === undefined ? Infinity : status === 'ok' ? latency.median : latency.ci95[1],
  )
}

/** The items with the least cost, where costs within the minimum effect are equal; all items if none has a cost. */
function near<T>(all: readonly T[], cost: (one: T) => number): readonly T[] {
  const best = Math.min(...all.map(cost))
  return best === Infinity ? all : all.filter((one) => cost(one) <= best * (1 + MINIMUM_EFFECT))
}

/**
 * The deployments whose loss the samples do not tell from the least. All were measured against FP32 on the same
 * samples. On a sample where FP32 is right, two deployments can only lose; where it is wrong, they can only gain. So
 * the products of their changes are never negative, and the variance of their difference is at most the sum of their
 * variances.
 */
function indistinct(deployments: readonly Deployment[]): readonly Deployment[] {
  const best = deployments.toSorted((a, b) => lossOf(a) - lossOf(b) || spreadOf(a) - spreadOf(b))[0]
  if (best === undefined) return []
  return deployments.filter(
    (one) => lossOf(one) - lossOf(best) <= Math.sqrt(spreadOf(one) + spreadOf(best)) + Number.EPSILON,
  )
}

function lossOf(cells: Deployment): number {
  return sum(cells, (cell) => Math.max(0, cell.task?.loss ?? 0) * weightOf(cell, cells))
}

/** The square of half the interval of the loss. Variances add up. */
function spreadOf(cells: Deployment): number {
  return sum(cells, (cell) =>
    cell.task ? (((cell.task.ci95[1] - cell.task.ci95[0]) / 2) * weightOf(cell, cells)) ** 2 : 0,
  )
}

/** Losses of several tasks add up in the unit of the first task: the default goals count as equal losses. */
function weightOf({ task }: Cell, cells: Deployment): number {
  const first = cells.find((cell) => cell.task !== undefined)?.task
  return task && first ? maxLossOf({}, first) / maxLossOf({}, task) : 1
}

/** The mean over the workloads, in dB. */
export function sqnrOf(cells: readonly Cell[]): number {
  return sum(cells, sqnrDbOf) / cells.length
}

function sqnrDbOf({ precision, fidelity }: Cell): number {
  if (precision === 'fp32') return Infinity
  return fidelity === undefined ? -Infinity : (fidelity.sqnrDb ?? Infinity)
}

function agreementOf(cells: Deployment): number {
  return sum(cells, ({ fidelity }) => fidelity?.agreement ?? 0)
}

/** The items at most `step` below the highest. */
function highest<T>(all: readonly T[], score: (one: T) => number, step: number): readonly T[] {
  const best = Math.max(...all.map(score))
  return all.filter((one) => score(one) >= best - step)
}

/**
 * More bits come first, because fewer bits that save nothing have no use. Then comes the configuration that is easier
 * to make and to run. For one configuration on two devices, a steady time comes first, then the faster; the key decides
 * last.
 */
function bySimplicity(a: Deployment, b: Deployment): number {
  const [x, y] = [a, b].map(burdens)
  const first = x.findIndex((burden, i) => burden !== y[i])
  return first < 0 ? (a[0].key < b[0].key ? -1 : 1) : x[first] - y[first]
}

function unsteady(cells: Deployment): number {
  return sum(cells, ({ status }) => Number(status === 'unstable'))
}

/** The fewest bits of the weights of any layer. */
function fewestBits(cell: Cell): number {
  if (cell.method !== 'plan') return cell.weights.bits
  return Math.min(
    ...Object.values(cell.layers).map((layer) => {
      const { precision, weightBits } = KERNEL_PRECISION[layer]
      return weightBits ?? PRECISION[precision].bits
    }),
  )
}

/** Methods that are easier to make come first. */
const METHOD_BURDENS: Readonly<Record<Cell['method'], number>> = {
  none: 0,
  ptq: 0,
  delivered: 0,
  plan: 1,
  qat: 2,
}

function burdens(cells: Deployment): number[] {
  const [cell] = cells
  const { method, weights, activations, calibration } = cell
  return [
    -fewestBits(cell),
    METHOD_BURDENS[method],
    transformsOf(cell).length,
    Number(weights.granularity === 'per-channel'),
    Number(activations.scheme === 'affine'),
    calibration === 'none' ? -1 : effortOf(calibration),
    unsteady(cells),
    timeOf(cells),
  ]
}

/**
 * The position of a calibration's cost, where using less of the data comes first. A strategy that is unknown here
 * counts as a search.
 */
function effortOf(calibration: string): number {
  return CALIBRATION_COSTS.indexOf(findCalibrator(calibration)?.traits.cost ?? 'search')
}

function sum<T>(all: readonly T[], figure: (one: T) => number): number {
  return all.reduce((total, one) => total + figure(one), 0)
}
