import { isOnGrid, TASK_NOUNS, TASKS, type TaskNoun } from '@octet/core'
import type { Cell } from '../../run/cell.ts'
import type { Run } from '../../run/run.ts'
import { groupBy } from '../group.ts'
import type { Comparison, Difference } from './comparison.ts'
import { bytes, fallbackOps, fidelity, lostFigures, outputs, score, status } from './figures.ts'
import { lostCells, lostKernels } from './losses.ts'
import { machineDifferences } from '../../run/machine.ts'
import { deviceOf, type Pair, pairsOf } from './pairs.ts'
import { judgeTimes } from './times.ts'

/**
 * Judges run `after` against run `before`, cell by cell. Values of tasks' metrics, fidelity, bytes, status and ops that
 * fell back to the reference are deterministic, so any change for the worse gates; decibels are equal within 1e-6. The
 * outputs of one INT8 model on one device are deterministic too, so any change of them gates. The loss of a workload, a
 * cell or a kernel also gates, and so does a comparison without anything comparable. INT8 gives the same integers on
 * every device: cells that ran on other devices in the two runs are judged by their INT8 answers alone. Time never
 * gates. Time is judged on one machine only, and only against the differences between equal runs in `history`: earlier
 * runs, of which only this machine's count. Values over other samples (count or seed) are not judged.
 */
export function compareRuns(before: Run, after: Run, history: readonly Run[] = []): Comparison {
  const { same, moved, lost, added } = pairsOf(before.cells, after.cells)
  const kernels = lostKernels(before, after)
  const others = machineDifferences(before.machine, after.machine)
  const sameMachine = others.length === 0
  const sameSamples = samplesEqual(before, after)
  const sameModel = modelsEqual(before, after)
  const judged = { ...noScores(), fidelity: 0, bytes: 0, time: 0, kernels: kernels.kept }
  const differences: Difference[] = [...lostCells(after, lost), ...kernels.lost]
  const unlike: Cell[] = []
  const alike = new Set<string>()
  const compareQuality = (pair: Pair, sameDevice: boolean): void => {
    const { before: old, after: now } = pair
    const scored = now.task !== undefined && now.task.id === old.task?.id ? now.task : undefined
    const faithful = sameDevice && old.fidelity !== undefined && now.fidelity !== undefined
    if (!(sameDevice || isOnGrid(now.precision)) || !(scored || faithful)) return
    if (!sameSamples(pair)) {
      unlike.push(now)
      return
    }
    alike.add(now.workload)
    if (scored) judged[TASKS[scored.id].noun]++
    judged.fidelity += Number(faithful)
    differences.push(...score(old, now))
    const elsewhere = !sameMachine || evaluator(old) !== evaluator(now)
    if (faithful) differences.push(...fidelity(old, now, elsewhere))
    if (isOnGrid(now.precision) && !elsewhere && sameModel(pair)) differences.push(...outputs(old, now))
  }
  for (const pair of same) {
    const { before: old, after: now } = pair
    differences.push(
      ...status(old, now),
      ...lostFigures(old, now),
      ...bytes(old, now),
      ...fallbackOps(old, now),
    )
    judged.bytes += Number(old.memory !== undefined && now.memory !== undefined)
    compareQuality(pair, true)
  }
  const times = sameMachine ? judgeTimes(same, [before, after], history) : undefined
  judged.time = times?.judged ?? 0
  differences.push(...(times?.differences ?? []))
  for (const pair of moved) compareQuality(pair, false)
  differences.sort((a, b) => Number(b.gates) - Number(a.gates))
  const faults = faultsOf(
    judged,
    unlike.filter(({ workload }) => !alike.has(workload)),
  )
  return {
    compared: same.length + moved.length,
    judged,
    differences,
    faults,
    notJudged: [
      ...others
        .slice(0, 1)
        .map((one) => `time: the machines differ (${one.name}: ${one.before}, ${one.after})`),
      ...(times?.notJudged ?? []),
      ...(unlike.length === 0
        ? []
        : [`${nounsOf(unlike, 'fidelity').join(' and ')} of ${cellsOf(unlike)}: measured on other samples`]),
      ...[...groupBy(moved, devicesOf)].map(
        ([devices, pairs]) =>
          `${pairs.length} cells, all but the ` +
          `${nounsOf(pairs.map(({ after: now }) => now)).join(' and ')} of INT8: measured on ${devices}`,
      ),
      ...(added.length === 0 ? [] : [`${cellsOf(added)}: only in the second run`]),
      ...unmeasured(lost),
    ],
    holds: faults.length === 0 && !differences.some(({ gates }) => gates),
  }
}

/** Whether a pair was evaluated on the same samples. */
function samplesEqual(before: Run, after: Run): (pair: Pair) => boolean {
  const sameSeed = before.run.seed === after.run.seed
  const usedIn = ({ workloads }: Run, id: string): string => {
    const { used, available } = workloads.find((one) => one.id === id)?.evaluationSamples ?? {}
    return `${used} of ${available}`
  }
  return ({ before: old, after: now }) =>
    sameSeed &&
    old.task?.samples === now.task?.samples &&
    usedIn(before, old.workload) === usedIn(after, now.workload)
}

/** Whether the FP32 model of a pair, and its data, are the same in the other run. */
function modelsEqual({ run: before }: Run, { run: after }: Run): (pair: Pair) => boolean {
  return ({ after: { workload } }) =>
    before.dataHash === after.dataHash && before.modelHashes?.[workload] === after.modelHashes?.[workload]
}

/** The devices that computed the outputs of a cell and of FP32. */
function evaluator({ task, fidelity }: Cell): string | undefined {
  return task?.device ?? fidelity?.device
}

/** `unlike` are the cells of workloads for which no metric or fidelity was judged. */
function faultsOf(judged: Comparison['judged'], unlike: readonly Cell[]): string[] {
  if (Object.values(judged).every((count) => count === 0))
    return ['nothing was comparable: the runs have no figure of one cell, and no kernel, in common']
  const workloads = [...new Set(unlike.map(({ workload }) => workload))]
  if (workloads.length === 0) return []
  return [
    `no ${nounsOf(unlike).join(' or ')} of ${workloads.join(', ')} was comparable, as it was measured ` +
      'on other samples: use one --seed and --samples',
  ]
}

function noScores(): Record<TaskNoun, number> {
  return Object.fromEntries(TASK_NOUNS.map((noun) => [noun, 0])) as Record<TaskNoun, number>
}

/** The nouns of the figures by which some cells are judged, and further nouns, as a phrase. */
function nounsOf(cells: readonly Cell[], ...more: readonly string[]): string[] {
  return [...new Set([...cells.map(({ task }) => TASKS[task?.id ?? 'none'].noun), ...more])]
}

function unmeasured(lost: readonly Cell[]): string[] {
  const cells = lost.filter(({ status: word }) => word === 'failed' || word === 'skipped')
  return cells.length === 0 ? [] : [`${cellsOf(cells)}: only in the first run, and not measured there`]
}

function devicesOf({ before, after }: Pair): string {
  return `${deviceOf(before)} and ${deviceOf(after)}`
}

/** `3 cells (the first KEY)`. */
function cellsOf(cells: readonly Cell[]): string {
  const [{ key }] = cells
  return cells.length === 1 ? key : `${cells.length} cells (the first ${key})`
}
