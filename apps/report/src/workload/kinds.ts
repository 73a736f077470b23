import { type Cell, configurationName, ramOf, type Run, type WorkloadInfo } from '@octet/results'
import { mark } from '../chart/encoding.ts'
import { h } from '../dom/element.ts'
import { isSized, type Sized } from '../decision/front.ts'
import { deviceOf, isSoftware } from '../format/configuration.ts'
import { ratio } from '../format/number.ts'
import { byteScale, timeScale } from '../format/scale.ts'
import { measured } from '../table/measured.ts'
import { type Column, figures, sortableTable } from '../table/sortable.ts'
import { type Quality, qualityOf } from './quality.ts'

/**
 * The best cell of every kind (precision, granularity, device). It is the shortest useful table and shows the time of
 * each program once.
 */
export function kindsTable(
  run: Run,
  workload: WorkloadInfo,
  cells: readonly Cell[],
  open: (cell: Cell) => void,
): HTMLElement {
  const quality = qualityOf(cells)
  const kinds = Map.groupBy(cells.filter(isSized).filter(quality.judges), (cell) =>
    [cell.precision, cell.method, cell.weights.granularity, cell.weights.bits, deviceOf(cell)].join(' '),
  )
  const best = [...kinds.values()].map(
    (kind) => kind.toSorted((a, b) => quality.loss(a) - quality.loss(b) || 0)[0],
  )
  const table = sortableTable({
    caption: `The best of each kind of ${workload.title}`,
    columns: columnsOf(run, best, quality, open),
    onOrder: (order) => table.show(best, order),
  })
  table.show(best, undefined)
  return table.element
}

function columnsOf(
  { machine }: Run,
  cells: readonly Sized[],
  quality: Quality,
  open: (cell: Cell) => void,
): Column<Sized>[] {
  const time = timeScale(cells.map(({ latency }) => latency.median))
  const model = byteScale(cells.map(({ memory }) => memory.weightBytes))
  const ram = byteScale(cells.map(({ memory }) => ramOf(memory)))
  return [
    {
      id: 'configuration',
      head: 'Configuration',
      value: configurationName,
      content: (cell) =>
        h(
          'button',
          { type: 'button', class: 'link', on: { click: () => open(cell) } },
          mark(cell),
          ' ',
          configurationName(cell),
        ),
    },
    {
      id: 'device',
      head: 'Device',
      value: deviceOf,
      content: (cell) => [
        deviceOf(cell),
        isSoftware(cell.adapter, machine) && h('span', { class: 'tag' }, 'CPU'),
      ],
    },
    ...quality.columns.map(([head, unit, content]): Column<Sized> => ({
      id: head,
      head,
      unit,
      number: true,
      value: quality.loss,
      content,
    })),
    figures(
      ['latency', 'Latency', `${time.unit} [95%]`],
      ({ latency }) => latency.median,
      (median, { status, latency }) => [
        status === 'unstable' && h('span', { class: 'tag' }, 'unstable'),
        ' ',
        measured(median, latency.ci95, time.write),
      ],
    ),
    figures(
      ['speed', 'Speed', '× FP32 [95%]'],
      ({ latency }) => latency.vsFp32?.ratio,
      (speed, { latency }) => measured(speed, latency.vsFp32!.ci95, ratio),
    ),
    figures(['model', 'Model', model.unit], ({ memory }) => memory.weightBytes, model.write),
    figures(['ram', 'RAM', ram.unit], ({ memory }) => ramOf(memory), ram.write),
  ]
}
