import { TASKS, withUnit } from '@octet/core'
import { configurationName } from '../../run/configuration.ts'
import type { Run, WorkloadInfo } from '../../run/run.ts'
import type { Choice, Unshown } from '../choice.ts'
import { type Goals, unmeasuredBudgets } from '../goals.ts'
import { sqnrOf } from '../rank.ts'
import {
  baselineMet,
  losesToReference,
  qualityInWords,
  referenceInWords,
  sizeInWords,
  speedInWords,
} from './cell.ts'
import { boardInWords } from './energy.ts'
import { doubtInWords } from './doubt.ts'
import { equalsInWords } from './equals.ts'
import { counted, decibels, grouped, times } from './figures.ts'
import { goalsInWords, maxLossInWords } from './goals.ts'

type Unsaid = Omit<Choice, 'sentence'>

/** The recommendation for one workload, with its reason, in one sentence. */
export function choiceSentence(run: Run, goals: Goals, choice: Unsaid): string {
  const { workload, cell } = choice
  const head = cell ? [configurationName(cell)] : []
  return `${workload}: ${[...head, ...choiceReasons(run, goals, choice)].join('; ')}.`
}

/** The facts for the sentence about a pick, or about the lack of a pick. */
export function choiceReasons(run: Run, goals: Goals, choice: Unsaid): string[] {
  const { workload, cell, baseline, fastest } = choice
  const info = run.workloads.find(({ id }) => id === workload)
  if (cell === undefined) return lackInWords(run, goals, choice, info)
  const speed = speedInWords(run, cell)
  const size = sizeInWords(cell, baseline)
  return [
    qualityInWords(run, cell),
    ...(choice.unshown ? [unshownInWords(choice.unshown, choice, info, goals)] : []),
    ...bestInt8InWords(choice),
    ...baselineInWords(choice, info),
    ...doubtInWords(run, workload),
    ...(size === undefined ? [] : [size]),
    ...(speed === undefined ? [] : [speed]),
    ...boardInWords(info, cell, goals),
    ...(losesToReference(cell) ? [referenceInWords(cell)] : []),
    ...(fastest?.latency && cell.latency
      ? [
          `fastest within the goals is ${configurationName(fastest)} on ${fastest.adapter}, at ` +
            `${times(cell.latency.median / fastest.latency.median)} the speed`,
        ]
      : []),
    ...equalsOf(choice),
  ]
}

/** The reason why there is no pick. */
function lackInWords(run: Run, goals: Goals, choice: Unsaid, info: WorkloadInfo | undefined): string[] {
  const cells = run.cells.filter(({ workload }) => workload === choice.workload)
  if (info === undefined)
    return [
      `${counted(cells.length, 'cell')} of it ${cells.length === 1 ? 'is' : 'are'} in the run, which ` +
        'does not list the workload: without its samples nothing can be recommended',
    ]
  const answered = cells.filter(({ status }) => status === 'ok' || status === 'unstable')
  if (answered.length === 0)
    return [
      cells.length === 0
        ? 'the run has no cell of it, so nothing can be recommended'
        : `none of its ${counted(cells.length, 'cell')} was measured, so nothing can be recommended`,
    ]
  const unmeasured = unmeasuredBudgets(answered, goals).map(
    ({ figure, flag }) =>
      `${figure} was not measured, so nothing can be shown to keep to ${flag}: leave it out`,
  )
  return [
    `no measured configuration meets the goals (${goalsInWords(goals, answered)})`,
    ...unmeasured,
    ...bestInt8InWords(choice),
  ]
}

function equalsOf({ cell, equals, reason }: Unsaid): string[] {
  const others = equals.filter(({ key }) => key !== cell!.key).map((one) => sqnrOf([one]))
  const ends = [Math.min(...others), Math.max(...others)].map((end) => decibels(end))
  return equalsInWords({
    equals,
    ...(cell!.task && { task: cell!.task.id }),
    ...(reason && { reason }),
    sqnr: {
      best: decibels(sqnrOf([cell!])),
      others: ends[0] === ends[1] ? ends[0] : `${ends[0].replace(' dB', '')} to ${ends[1]}`,
    },
  })
}

/** The claim about a configuration that the samples do not show, and the number of samples that would show it. */
function unshownInWords(
  { cell, samples }: Unshown,
  choice: Unsaid,
  info: WorkloadInfo | undefined,
  goals: Goals,
): string {
  const { id, loss, ci95, samples: used } = cell.task!
  const unit = TASKS[id].loss
  const own = cell.key === choice.cell?.key
  const goal = `within ${maxLossInWords(goals, id)} of FP32`
  const measured =
    `${grouped(used)} samples measure a ${unit.noun} of ${withUnit(loss, unit)} with an interval up to ` +
    withUnit(ci95[1], unit)
  const what = own
    ? `that it stays ${goal} is not shown: ${measured}`
    : `${configurationName(cell)}${ratioInWords(choice, cell)} is not shown to stay ${goal}: ${measured}`
  return `${what}; ${remedyInWords(samples, used, unit.noun, info)}`
}

function ratioInWords({ cell: pick }: Unsaid, cell: Unshown['cell']): string {
  if (!pick?.memory || !cell.memory) return ''
  const than = pick.precision === 'fp32' ? 'than FP32' : 'still'
  return `, ${times(pick.memory.weightBytes / cell.memory.weightBytes)} smaller ${than},`
}

function remedyInWords(
  samples: number | undefined,
  used: number,
  loss: string,
  info: WorkloadInfo | undefined,
): string {
  const available = info?.evaluationSamples.available ?? used
  const have = `the ${counted(available, 'sample')} at hand`
  if (samples === undefined) return `no number of samples would show it at that ${loss}`
  const about = `about ${grouped(samples)} samples would show it if that ${loss} stays`
  if (samples > available) return `${about}, which ${have} cannot`
  // This many samples would have been enough for a steady loss, so the loss has changed.
  return samples <= used ? about : `${about}: --samples ${samples}`
}

function bestInt8InWords({ bestInt8 }: Unsaid): string[] {
  if (bestInt8 === undefined) return []
  const { task } = bestInt8
  const loss = task
    ? `loses ${withUnit(task.loss, TASKS[task.id].loss)}`
    : `has an SQNR of ${decibels(bestInt8.fidelity!.sqnrDb)}`
  return [`no INT8 configuration meets the goals: the best (${configurationName(bestInt8)}) ${loss}`]
}

function baselineInWords({ cell }: Unsaid, info: WorkloadInfo | undefined): string[] {
  const met = cell && baselineMet(cell, info)
  if (met === undefined) return []
  return [`but FP32 itself is no better than ${met.name} (${met.score}): look at model and data first`]
}
