import { SCORED_TASKS, TASKS, withUnit } from '@octet/core'
import type { Cell } from '../../run/cell.ts'
import { configurationName, precisionName } from '../../run/configuration.ts'
import type { Run } from '../../run/run.ts'
import type { Choice, Common, Recommendation } from '../choice.ts'
import { groupBy } from '../group.ts'
import type { Goals } from '../goals.ts'
import { sqnrOf } from '../rank.ts'
import { baselineMet, losesToReference, referenceInWords, speedsInWords } from './cell.ts'
import { choiceReasons } from './choice.ts'
import { equalsInWords } from './equals.ts'
import { counted, decibels, grouped } from './figures.ts'
import { goalsInWords, maxLossInWords } from './goals.ts'
import { kernelsInWords } from './kernels.ts'

/** A sentence in parts: its beginning, and its continuation. */
interface Words {
  readonly headline: string
  readonly rest: readonly string[]
}

type Summary = Pick<Recommendation, 'headline' | 'sentence'>

/**
 * The whole run in one sentence: one configuration for all workloads if the goals allow one. Parts that were not
 * measured come first.
 */
export function summary(
  run: Run,
  goals: Goals,
  choices: readonly Choice[],
  common: Common | undefined,
): Summary {
  const words = recommended(run, goals, choices, common)
  const setback = setbackInWords(run)
  const sentence = `${[words.headline, ...words.rest].join('; ')}.`
  if (setback === undefined) return { headline: words.headline, sentence }
  const nothing = run.cells.every(({ status }) => status === 'failed' || status === 'skipped')
  const rest = nothing
    ? 'Nothing was measured, so nothing can be recommended.'
    : `Of what was measured: ${sentence[0].toLowerCase()}${sentence.slice(1)}`
  return {
    headline: setback.headline,
    sentence: `${[setback.headline, ...setback.rest].join(': ')}. ${rest}`,
  }
}

function recommended(run: Run, goals: Goals, choices: readonly Choice[], common: Common | undefined): Words {
  if (choices.length === 0) return withoutCells(run)
  if (choices.length === 1) return forOne(run, goals, choices[0])
  return common === undefined ? forEach(run, goals, choices) : forAll(run, goals, choices, common)
}

/** A run without any measured configuration of a model. */
function withoutCells({ kernels, models = [], machine }: Run): Words {
  if (kernels.length === 0 && models.length === 0)
    return { headline: 'Nothing was measured, so nothing can be recommended', rest: [] }
  const devices = machine.adapters.map(({ name, id }) => name || id).join(' and ')
  const speeds = kernelsInWords(kernels)
  return {
    headline: `Kernels on ${devices || 'no adapter'}`,
    rest: [
      'the run has no cell of a sweep, so no configuration can be recommended: octet bench measures them',
      ...(speeds === '' ? [] : [speeds]),
    ],
  }
}

function forOne(run: Run, goals: Goals, choice: Choice): Words {
  const { cell, workload, standing, unshown } = choice
  const reasons = choiceReasons(run, goals, choice)
  if (cell === undefined) {
    const [first, ...rest] = reasons
    return { headline: `${workload}: ${first}`, rest }
  }
  const name = configurationName(cell)
  if (standing !== 'shown') return { headline: `Not shown to meet the goals: ${name}`, rest: reasons }
  if (cell.precision === 'fp32' && unshown !== undefined)
    return { headline: 'Nothing smaller than FP32 is shown to meet the goals', rest: reasons }
  return { headline: `Ship ${name}`, rest: reasons }
}

function forEach(run: Run, goals: Goals, choices: readonly Choice[]): Words {
  const each = choices.map(({ workload, cell, standing }) => {
    const name = cell ? configurationName(cell) : 'nothing'
    return `${workload}: ${name}${standing === 'likely' ? ' (not shown)' : ''}`
  })
  const within = goalsInWords(goals, run.cells)
  if (choices.every(({ cell }) => cell === undefined))
    return { headline: `No measured configuration meets the goals (${within})`, rest: [] }
  return {
    headline: 'No single INT8 configuration suits every workload',
    rest: [`none is shown to keep each within ${within}`, `each by itself: ${each.join('; ')}`],
  }
}

function forAll(run: Run, goals: Goals, choices: readonly Choice[], common: Common): Words {
  const { cells, equals, reason } = common
  const faithful = cells.filter(({ task }) => task === undefined)
  const task = cells.find((cell) => cell.task !== undefined)?.task
  const leastDb = Math.min(...faithful.map((cell) => sqnrOf([cell])))
  return {
    headline: `Ship ${configurationName(common.configuration)} for all ${choices.length} workloads`,
    rest: [
      ...worstInWords(goals, cells),
      ...(faithful.length > 0
        ? [
            `without an accuracy, ${faithful.map(({ workload }) => workload).join(', ')} keeps ` +
              `${decibels(leastDb)} of SQNR`,
          ]
        : []),
      ...baselinesInWords(run, cells),
      speedsInWords(run, cells),
      ...(cells.some(losesToReference) ? [referenceInWords(cells[0])] : []),
      ...equalsInWords({
        equals,
        ...(reason && { reason }),
        ...(task && { task: task.id }),
        sqnr: { best: `${decibels(sqnrOf(cells))} on average`, others: 'less' },
      }),
    ],
  }
}

/** For each task, the goal and the worst end of an interval. */
function worstInWords(goals: Goals, cells: readonly Cell[]): string[] {
  return SCORED_TASKS.flatMap((id) => {
    const ends = cells.flatMap(({ task }) => (task?.id === id ? task.ci95[1] / (task.scale ?? 1) : []))
    if (ends.length === 0) return []
    const { noun, goalUnit } = TASKS[id]
    const worst = withUnit(Math.max(...ends), goalUnit)
    return [`${noun} stays within ${maxLossInWords(goals, id)} of FP32 (worst 95% bound ${worst})`]
  })
}

/** Workloads whose FP32 is no better than a constant answer. */
function baselinesInWords({ workloads }: Run, cells: readonly Cell[]): string[] {
  const idle = cells.flatMap((cell) => {
    const met = baselineMet(
      cell,
      workloads.find(({ id }) => id === cell.workload),
    )
    return met === undefined ? [] : { name: met.name, workload: cell.workload }
  })
  return [...groupBy(idle, ({ name }) => name)].map(
    ([name, some]) =>
      `but FP32 itself is no better than ${name} for ${some.map(({ workload }) => workload).join(', ')}`,
  )
}

/** The failed and skipped cells, with the first reason of each; undefined if there are none. */
function setbackInWords({ cells }: Run): Words | undefined {
  const [failed, skipped] = (['failed', 'skipped'] as const).map((status) =>
    cells.filter((cell) => cell.status === status),
  )
  const parts = [
    ...(failed.length > 0 ? [`${failed.length} of ${counted(cells.length, 'cell')} failed`] : []),
    ...(skipped.length > 0
      ? [
          failed.length > 0
            ? `${grouped(skipped.length)} were skipped`
            : `${grouped(skipped.length)} of ${counted(cells.length, 'cell')} ` +
              `${skipped.length === 1 ? 'was' : 'were'} skipped`,
        ]
      : []),
  ]
  if (parts.length === 0) return undefined
  return { headline: parts.join(' and '), rest: [[failed, skipped].flatMap(reasonsOf).join('; ')] }
}

/** The most frequent reason of some cells, and the number of other reasons. */
function reasonsOf(cells: readonly Cell[]): string[] {
  if (cells.length === 0) return []
  const groups = [...groupBy(cells, ({ reason = '' }) => reason).values()].toSorted(
    (a, b) => b.length - a.length,
  )
  const [[first]] = groups
  const more = groups.length > 1 ? `, and ${counted(groups.length - 1, 'other reason')}` : ''
  const device = first.adapter === 'none' ? first.kernels : `${first.kernels}/${first.adapter}`
  return [`${device}, ${precisionName(first.precision)} of ${first.workload}: ${first.reason}${more}`]
}
