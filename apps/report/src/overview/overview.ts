import { isLabelled, TASKS } from '@octet/core'
import { type Cell, type Choice, recommend, type Run, type WorkloadInfo } from '@octet/results'
import { h } from '../dom/element.ts'
import { grouped } from '../format/number.ts'
import { isScored, written } from '../format/task.ts'
import type { Section } from '../page/section.ts'
import { answer } from './answer.ts'
import { calibrationsChart } from './calibrations.ts'
import { diagnosis } from './diagnosis.ts'
import { statements } from './statements.ts'
import { isMeasured, isSized } from './front.ts'
import { kindsTable } from './kinds.ts'
import { qualityOf } from './quality.ts'
import { tradeoffChart } from './tradeoff.ts'
import './overview.css'

/** The pick for each workload, then what its figures say and why. */
export const overview: Section = {
  id: 'overview',
  title: 'Overview',
  applies: ({ cells }) => cells.length > 0,
  render(run, address) {
    const { choices } = recommend(run)
    const open = (cell: Cell): void => address.set({ cell: cell.key })
    const chosen = run.workloads.map((workload) => ({
      workload,
      choice: choices.find((choice) => choice.workload === workload.id),
    }))
    const unlisted = choices.filter((choice) => run.workloads.every(({ id }) => id !== choice.workload))
    return [
      choices.length > 1 &&
        h(
          'p',
          { class: 'lead' },
          'The best for each workload by itself, which may differ from what suits all of them.',
        ),
      h(
        'ul',
        { class: 'answers' },
        chosen.map(({ workload, choice }) => choice && answer(run, workload, choice)),
      ),
      unlisted.map(({ sentence }) => h('p', { class: 'plain-words' }, sentence)),
      chosen.map(({ workload, choice }) => panel(run, workload, choice, open)),
    ]
  },
}

function panel(
  run: Run,
  workload: WorkloadInfo,
  choice: Choice | undefined,
  open: (cell: Cell) => void,
): HTMLElement {
  const cells = run.cells.filter((cell) => cell.workload === workload.id)
  const measured = cells.filter(isMeasured)
  const judged = cells.filter(isSized).filter(qualityOf(cells).judges)
  return h(
    'article',
    { class: 'workload', id: `workload-${workload.id}`, tabindex: -1 },
    h('h3', {}, workload.title, ' ', h('code', {}, workload.id)),
    h('p', { class: 'facts' }, facts(workload, cells)),
    choice && h('p', { class: 'plain-words' }, choice.sentence),
    diagnosis(run, workload),
    h(
      'ul',
      { class: 'findings' },
      statements(run, workload).map(({ tone, text }) => h('li', { class: tone }, text)),
    ),
    h(
      'div',
      { class: 'charts' },
      measured.length > 0 &&
        tradeoffChart({ run, workload, cells: measured, recommended: choice?.cell, open }),
      judged.length === 0 &&
        h(
          'p',
          { class: 'nothing' },
          'No cell of this workload was measured in full; the sweep table has the reasons.',
        ),
      calibrationsChart(workload, cells),
    ),
    judged.length > 0 && kindsTable(run, workload, cells, open),
  )
}

function facts(workload: WorkloadInfo, cells: readonly Cell[]): string {
  const { description, calibrationSamples, evaluationSamples, baseline, recorded } = workload
  const task = workload.task === 'none' ? undefined : TASKS[workload.task]
  const labelled = isLabelled(workload.task) ? TASKS[workload.task] : undefined
  const fp32 = cells.find(isScored)?.task.fp32
  const { used, available } = evaluationSamples
  const evaluated = used === available ? `all ${grouped(used)}` : `${grouped(used)} of ${grouped(available)}`
  return [
    description,
    ...(task && fp32 !== undefined ? [`FP32 ${written(fp32, task.value)} ${task.metric}`] : []),
    ...(task && recorded ? [`recorded with the model ${written(recorded.value, task.value)}`] : []),
    ...(labelled && baseline !== undefined
      ? [`${labelled.baselineName} scores ${written(baseline, labelled.value)}`]
      : []),
    `calibrated on ${grouped(calibrationSamples)}, evaluated on ${evaluated} samples`,
  ].join(' · ')
}
