import { isLabelled, TASKS } from '@octet/core'
import { type Cell, recommend, type Run, type WorkloadInfo } from '@octet/results'
import { clauses } from '../dom/clauses.ts'
import { type Child, h } from '../dom/element.ts'
import { goalsIn } from '../decision/controls.ts'
import { isSized } from '../decision/front.ts'
import { grouped } from '../format/number.ts'
import { isScored, written } from '../format/task.ts'
import { type Address, hashOf } from '../page/address.ts'
import type { View } from '../page/view.ts'
import { exportable } from '../table/export.ts'
import { sortableTable } from '../table/sortable.ts'
import { causes } from '../why/causes.ts'
import { calibrationsChart } from './calibrations.ts'
import { chosenWorkload, workloadPicker, wrongWorkload } from './chosen.ts'
import { diagnosis } from './diagnosis.ts'
import { gridColumns, gridRows } from './grid.ts'
import { kindsTable } from './kinds.ts'
import { qualityOf } from './quality.ts'
import { statements } from './statements.ts'
import { sufficiency } from './sufficiency.ts'
import './workload.css'

/** One workload: the quality of its calibration data, the loss of each calibrator, and the cost of each program. */
export const workload: View = {
  id: 'workload',
  title: 'Workload',
  applies: ({ cells, workloads }) => cells.length > 0 && workloads.length > 0,
  render({ run, address }) {
    const place = h('div', {})
    let drawn: WorkloadInfo | undefined
    let left = new AbortController()
    const update = (): void => {
      const chosen = chosenWorkload(run, address)
      if (chosen === drawn || chosen === undefined) return
      drawn = chosen
      left.abort()
      left = new AbortController()
      place.replaceChildren(panel(run, chosen, address.during(left.signal)))
    }
    address.onChange(update)
    update()
    return [wrongWorkload(run, address), workloadPicker(run.workloads, address), place]
  },
}

function panel(run: Run, info: WorkloadInfo, address: Address): HTMLElement {
  const cells = run.cells.filter((cell) => cell.workload === info.id)
  const judged = cells.filter(isSized).filter(qualityOf(cells).judges)
  const choice = recommend(run, goalsIn(run, address)).choices.find((one) => one.workload === info.id)
  const open = (cell: Cell): void => address.set({ cell: cell.key })
  return h(
    'article',
    { class: 'workload' },
    h('h3', {}, info.title, ' ', h('code', {}, info.id)),
    h('p', { class: 'facts' }, facts(info, cells)),
    choice && clauses(choice.sentence.replace(`${info.id}: `, '')),
    diagnosis(run, info),
    sufficiency(run, info),
    grid(run, info, cells, address),
    causes(run, info.id, goalsIn(run, address)),
    h(
      'ul',
      { class: 'findings' },
      statements(run, info).map(({ tone, text }) => h('li', { class: tone }, text)),
    ),
    h(
      'div',
      { class: 'charts' },
      judged.length === 0 &&
        h(
          'p',
          { class: 'nothing' },
          'No cell of this workload was measured in full; the view of cells has the reasons.',
        ),
      calibrationsChart(info, cells),
    ),
    judged.length > 0 && kindsTable(run, info, cells, open),
    h('p', {}, h('a', { href: hashOf('cells', { workload: info.id }) }, 'All cells of this workload')),
  )
}

/** The loss of every calibrator, by storage of the weights. */
function grid(run: Run, info: WorkloadInfo, cells: readonly Cell[], address: Address): Child {
  const rows = gridRows(cells)
  if (rows.length === 0) return undefined
  const table = sortableTable({
    caption: `Calibrators on ${info.title}`,
    columns: gridColumns(rows, goalsIn(run, address), (cell) => address.set({ cell: cell.key })),
    onOrder: (order) => address.set({ order }),
  })
  let drawn = address.get('order')
  table.show(rows, drawn)
  address.onChange(() => {
    const order = address.get('order')
    if (order === drawn) return
    drawn = order
    table.show(rows, order)
  })
  return [
    table.element,
    h(
      'p',
      { class: 'chart-note' },
      info.task !== 'none' && 'A shade is the loss in goals. ',
      'Integers are the same on every device, so each row is valid for all devices.',
    ),
    exportable(`${info.id}-calibrators`, table),
  ]
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
