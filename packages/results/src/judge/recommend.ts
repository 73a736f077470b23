import { MINIMUM_EFFECT } from '@octet/core/statistics'
import { isOnGrid, TASKS } from '@octet/core'
import type { Cell } from '../run/cell.ts'
import { configurationKey } from '../run/configuration.ts'
import type { Run } from '../run/run.ts'
import type { Choice, Common, Recommendation, Unshown } from './choice.ts'
import { groupBy } from './group.ts'
import { type Goals, isJudged, type Judged, maxLossOf, meetsGoals, standing } from './goals.ts'
import { rank, sizeOf, sqnrOf, timeOf } from './rank.ts'
import { choiceSentence } from './words/choice.ts'
import { summary } from './words/summary.ts'

/**
 * Picks a configuration for each workload of a run, and one for all workloads if the goals allow it, in the order of
 * `rank`. It never picks a configuration past a goal. It picks one that is not shown to be within the goal only if
 * there is no other.
 */
export function recommend(run: Run, goals: Goals = {}): Recommendation {
  const listed = run.workloads.map(({ id }) => id)
  const workloads = [...new Set([...listed, ...run.cells.map(({ workload }) => workload)])]
  const choices = (run.cells.length === 0 ? [] : workloads).map((id) => choose(run, id, goals))
  const common = commonChoice(run, goals, choices)
  return { goals, choices, ...(common && { common }), ...summary(run, goals, choices, common) }
}

/** A recommendation as lines: first the whole, then each workload if there are several. */
export function recommendationLines({ sentence, choices }: Recommendation): string[] {
  return [sentence, ...(choices.length > 1 ? choices.map((choice) => choice.sentence) : [])]
}

function choose(run: Run, workload: string, goals: Goals): Choice {
  const isListed = run.workloads.some(({ id }) => id === workload)
  const judged = isListed ? run.cells.filter((cell) => cell.workload === workload).filter(isJudged) : []
  const allowed = judged.filter((cell) => meetsGoals(cell, goals))
  const ranking = rank(
    allowed.map((cell) => [cell]),
    goals,
  )
  const cell = ranking?.best[0]
  const unshown = unshownBeside(cell, allowed, goals)
  const baseline = judged.find(
    (other) => other.precision === 'fp32' && (cell === undefined || sameDevice(other, cell)),
  )
  const fastest = quickest(allowed, cell, goals)
  const int8 = judged.filter(({ precision }) => isOnGrid(precision))
  const bestInt8 = int8.every((other) => standing(other, goals) === 'missed') ? leastLossy(int8) : undefined
  const chosen = {
    workload,
    standing: cell === undefined ? ('missed' as const) : standing(cell, goals),
    equals: (ranking?.equals ?? []).map(([one]) => one),
    ...(ranking?.reason && { reason: ranking.reason }),
    ...(cell && { cell }),
    ...(unshown && { unshown }),
    ...(baseline && { baseline }),
    ...(fastest && { fastest }),
    ...(bestInt8 && { bestInt8 }),
  }
  return { ...chosen, sentence: choiceSentence(run, goals, chosen) }
}

/** The configuration that the samples do not show: the pick itself, or the best smaller configuration. */
function unshownBeside(
  pick: Judged | undefined,
  allowed: readonly Judged[],
  goals: Goals,
): Unshown | undefined {
  const isSmaller = (cell: Judged): boolean =>
    pick !== undefined && sizeOf([cell]) * (1 + MINIMUM_EFFECT) < sizeOf([pick])
  const open = allowed.filter(
    (cell) => standing(cell, goals) === 'likely' && (cell === pick || isSmaller(cell)),
  )
  const cell =
    pick !== undefined && open.includes(pick)
      ? pick
      : rank(
          open.map((one) => [one]),
          goals,
        )?.best[0]
  if (cell?.task === undefined) return undefined
  const samples = TASKS[cell.task.id].samplesToShow(cell.task, maxLossOf(goals, cell.task))
  return { cell, ...(samples !== undefined && { samples }) }
}

/**
 * The fastest allowed cell with the same standing as the pick, if it beats the pick by the minimum effect and their
 * intervals do not overlap.
 */
function quickest(allowed: readonly Judged[], pick: Judged | undefined, goals: Goals): Judged | undefined {
  if (pick?.latency === undefined) return undefined
  const best = allowed
    .filter((cell) => standing(cell, goals) === standing(pick, goals))
    .toSorted((a, b) => timeOf([a]) - timeOf([b]))[0]
  if (best?.latency === undefined || timeOf([best]) * (1 + MINIMUM_EFFECT) > timeOf([pick])) return undefined
  return best.latency.ci95[1] < pick.latency.ci95[0] ? best : undefined
}

/** The cell with the least loss among cells past the goals. */
function leastLossy(cells: readonly Judged[]): Judged | undefined {
  return cells.toSorted((a, b) => (a.task?.loss ?? 0) - (b.task?.loss ?? 0) || sqnrOf([b]) - sqnrOf([a]))[0]
}

/** The INT8 configuration, on one device, that is shown to be within the goals of every workload. */
function commonChoice(run: Run, goals: Goals, choices: readonly Choice[]): Common | undefined {
  if (choices.length < 2) return undefined
  const shown = run.cells
    .filter(isJudged)
    .filter(
      (cell) => isOnGrid(cell.precision) && meetsGoals(cell, goals) && standing(cell, goals) === 'shown',
    )
  const groups = groupBy(shown, (cell) => [configurationKey(cell), cell.kernels, cell.adapter].join(' '))
  const needed = new Set(choices.map(({ workload }) => workload))
  const whole = [...groups.values()].filter(
    (group) => new Set(group.map(({ workload }) => workload)).size === needed.size,
  )
  const ranking = choices.every(({ cell }) => cell) ? rank(whole, goals) : undefined
  if (ranking === undefined) return undefined
  return {
    configuration: ranking.best[0],
    cells: ranking.best,
    equals: ranking.equals.map(([cell]) => cell),
    ...(ranking.reason && { reason: ranking.reason }),
  }
}

function sameDevice(a: Cell, b: Cell): boolean {
  return a.kernels === b.kernels && a.adapter === b.adapter
}
