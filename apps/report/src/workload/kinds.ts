import { type Cell, configurationName, type Run, type WorkloadInfo } from '@octet/results'
import { mark } from '../chart/encoding.ts'
import { h } from '../dom/element.ts'
import { deviceOf, isSoftware } from '../format/configuration.ts'
import { kilobytes, milliseconds, ratio } from '../format/number.ts'
import { measured } from '../table/measured.ts'
import { head, number, numberHead, scroller } from '../table/scroller.ts'
import { isSized, type Sized } from '../decision/front.ts'
import { type Quality, qualityOf } from './quality.ts'

/**
 * The best cell of every kind (precision, granularity, device): the shortest useful table, and the chart's numbers as
 * text.
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
  return scroller(`The best of each kind of ${workload.title}`, {
    caption: 'The best of each kind',
    heads: [
      head('Configuration'),
      head('Device'),
      quality.columns.map(([name, unit]) => numberHead(name, unit)),
      numberHead('Latency', 'ms [95%]'),
      numberHead('Speed', '× FP32 [95%]'),
      numberHead('Model', 'kB'),
    ],
    body: h(
      'tbody',
      {},
      best.map((cell) => row(run, cell, quality, open)),
    ),
  })
}

function row({ machine }: Run, cell: Sized, { columns }: Quality, open: (cell: Cell) => void): HTMLElement {
  const { latency, memory } = cell
  const { vsFp32 } = latency
  return h(
    'tr',
    {},
    h(
      'th',
      { scope: 'row' },
      h(
        'button',
        { type: 'button', class: 'link', on: { click: () => open(cell) } },
        mark(cell),
        ' ',
        configurationName(cell),
      ),
    ),
    h('td', {}, deviceOf(cell), isSoftware(cell.adapter, machine) && h('span', { class: 'tag' }, 'CPU')),
    columns.map(([, , content]) => number(content(cell))),
    number([
      cell.status === 'unstable' && h('span', { class: 'tag' }, 'unstable'),
      ' ',
      measured(latency.median, latency.ci95, milliseconds),
    ]),
    number(vsFp32 && measured(vsFp32.ratio, vsFp32.ci95, ratio)),
    number(kilobytes(memory.weightBytes)),
  )
}
