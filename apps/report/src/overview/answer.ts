import { TASKS } from '@octet/core'
import { speedVerdict } from '@octet/core/statistics'
import { type Choice, configurationName, type Run, type Unshown, type WorkloadInfo } from '@octet/results'
import { mark } from '../chart/encoding.ts'
import { type Child, h } from '../dom/element.ts'
import { deviceOf, isSoftware } from '../format/configuration.ts'
import { bytes, decibels, duration } from '../format/number.ts'
import { capitalized, lossWithInterval, valueInWords } from '../format/task.ts'

/** What to ship for one workload: the configuration, and its figures beside FP32's. */
export function answer(run: Run, workload: WorkloadInfo, choice: Choice): HTMLElement {
  const { cell, baseline } = choice
  return h(
    'li',
    { class: 'answer' },
    h('h3', {}, h('a', { href: `#workload-${workload.id}` }, workload.title)),
    cell === undefined
      ? h('p', { class: 'answer-pick' }, 'Nothing measured meets the goals')
      : [
          h('p', { class: 'answer-pick' }, mark(cell), ' ', configurationName(cell)),
          h(
            'dl',
            {},
            cell.task &&
              figure(
                capitalized(TASKS[cell.task.id].noun),
                valueInWords(cell.task),
                cell.precision === 'fp32' ? 'the reference itself' : lossWithInterval(cell.task),
              ),
            cell.task === undefined &&
              cell.fidelity &&
              figure(
                'Output SQNR',
                `${decibels(cell.fidelity.sqnrDb)} dB`,
                'against FP32: the model has no accuracy',
              ),
            cell.latency && figure('Latency', duration(cell.latency.median), speed(run, choice)),
            cell.memory &&
              figure(
                'Model',
                bytes(cell.memory.weightBytes),
                baseline?.memory && cell.precision !== 'fp32'
                  ? `${(baseline.memory.weightBytes / cell.memory.weightBytes).toFixed(1)}× smaller than FP32`
                  : '',
              ),
          ),
        ],
    choice.unshown && h('p', { class: 'answer-caveat' }, caveat(choice, choice.unshown)),
  )
}

/** What is not shown, in a few words: the workload's sentence has the figures. */
function caveat({ cell }: Choice, { cell: open }: Unshown): string {
  return open.key === cell?.key
    ? 'Not shown to meet the goal: its interval reaches past it.'
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
