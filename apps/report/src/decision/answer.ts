import { TASKS } from '@octet/core'
import { speedVerdict } from '@octet/core/statistics'
import {
  BOARDS,
  type Cell,
  type Choice,
  configurationName,
  energyInWords,
  energyOf,
  type Goals,
  ramOf,
  type Reason,
  type Run,
  type Unshown,
  type WorkloadInfo,
} from '@octet/results'
import { mark } from '../chart/encoding.ts'
import { type Child, h } from '../dom/element.ts'
import { deviceOf, isSoftware } from '../format/configuration.ts'
import { bytes, counted, decibels, duration } from '../format/number.ts'
import { capitalized, lossWithInterval, valueInWords, written } from '../format/task.ts'
import { hashOf } from '../page/address.ts'

const REASONS: Readonly<Record<Reason, string>> = {
  sqnr: 'its output is the nearest to FP32’s',
  agreement: 'it agrees most often with FP32, of those nearest to FP32’s output',
  simplicity: 'it is the simplest of those nearest to FP32’s output',
}

/** The choice for one workload: the configuration, its figures beside FP32's, and the evidence. */
export function answer(run: Run, workload: WorkloadInfo, choice: Choice, goals: Goals): HTMLElement {
  const { cell, baseline, unshown } = choice
  return h(
    'li',
    { class: 'answer' },
    h('h2', {}, h('a', { href: hashOf('workload', { workload: workload.id }) }, workload.title)),
    cell === undefined
      ? h('p', { class: 'answer-pick none' }, 'Nothing measured meets the goals')
      : [
          h('p', { class: 'answer-pick' }, mark(cell), ' ', configurationName(cell)),
          h(
            'dl',
            {},
            qualityFigures(cell, goals, choice),
            cell.latency && figure('Latency', duration(cell.latency.median), speed(run, choice)),
            cell.memory && [
              figure(
                'Model',
                bytes(cell.memory.weightBytes),
                baseline?.memory && cell.precision !== 'fp32'
                  ? `${(baseline.memory.weightBytes / cell.memory.weightBytes).toFixed(1)}× smaller than FP32`
                  : '',
              ),
              figure(
                'RAM',
                bytes(ramOf(cell.memory)),
                cell.memory.arenaBytes === undefined
                  ? 'activations alive at once, at most'
                  : 'activations, as laid out in one block',
              ),
            ],
            energyFigure(cell, goals),
            equalsFigure(choice),
          ),
        ],
    unshown && h('p', { class: 'answer-caveat' }, caveat(choice, unshown)),
  )
}

function qualityFigures({ task, fidelity, precision }: Cell, goals: Goals, { standing }: Choice): Child {
  if (task === undefined)
    return (
      fidelity &&
      figure('Output SQNR', `${decibels(fidelity.sqnrDb)} dB`, 'against FP32: the model has no accuracy')
    )
  const { noun, goal, goalUnit } = TASKS[task.id]
  const most = written(goals.maxLoss?.[task.id] ?? goal, goalUnit)
  const shown = standing === 'shown' ? 'the whole interval is within it' : 'the interval reaches beyond it'
  return [
    figure(
      capitalized(noun),
      valueInWords(task),
      precision === 'fp32' ? 'the reference itself' : lossWithInterval(task),
    ),
    precision !== 'fp32' && figure('Goal', `≤ ${most}`, shown),
  ]
}

function energyFigure(cell: Cell, goals: Goals): Child {
  const energy = energyOf(cell, goals)
  if (energy !== undefined) return figure('Energy', energyInWords(energy), energy.source)
  if (goals.board !== undefined)
    return figure(
      'Energy',
      'none for this board',
      `no published energy figures for ${BOARDS[goals.board].name}`,
    )
  const modelled = cell.energy !== undefined
  return figure(
    'Energy',
    'not measured',
    modelled ? 'choose a board for its modelled energy' : 'octet bench --board BOARD models it for a board',
  )
}

/** The number of equally good configurations, their names, and the reason for choosing this configuration. */
function equalsFigure({ cell, equals, reason }: Choice): Child {
  if (reason === undefined) return undefined
  const others = equals.filter(({ key }) => key !== cell!.key)
  return h(
    'div',
    {},
    h('dt', {}, 'Equals'),
    h(
      'dd',
      {},
      h(
        'details',
        {},
        h('summary', {}, counted(others.length, 'other'), ' would do; ', REASONS[reason]),
        h(
          'ul',
          {},
          others.map((other) => h('li', {}, configurationName(other))),
        ),
      ),
    ),
  )
}

/** The figures that are not shown to meet a goal, in short. The workload's sentence has the figures. */
function caveat({ cell }: Choice, { cell: open }: Unshown): string {
  return open.key === cell?.key
    ? 'Not shown to meet the goal: its interval reaches beyond it.'
    : `Smaller, and not shown to meet the goal: ${configurationName(open)}.`
}

function figure(term: string, value: string, detail: Child): HTMLElement {
  return h('div', {}, h('dt', {}, term), h('dd', {}, h('strong', {}, value), h('small', {}, detail)))
}

function speed({ machine }: Run, { cell }: Choice): string {
  const where = `on ${deviceOf(cell!)}${isSoftware(cell!.adapter, machine) ? ' (CPU)' : ''}`
  if (cell!.status === 'unstable') return `unstable, so without a verdict, ${where}`
  const ratio = cell!.latency?.vsFp32
  if (ratio === undefined) return where
  const words = { faster: 'faster than FP32', slower: 'slower than FP32', equal: 'no faster than FP32' }
  const verdict = speedVerdict(ratio)
  const times = verdict === 'slower' ? 1 / ratio.ratio : ratio.ratio
  return `${verdict === 'equal' ? '' : `${times.toFixed(2)}× `}${words[verdict]} ${where}`
}
