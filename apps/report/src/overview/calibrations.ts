import * as Plot from '@observablehq/plot'
import { type Cell, configurationKey, configurationName, type WorkloadInfo } from '@octet/results'
import { dropScale } from '../chart/drop.ts'
import { colorOf, fillOf, isHollow, legend, symbolOf } from '../chart/encoding.ts'
import { figure } from '../chart/figure.ts'
import { dropWithInterval, percent } from '../format/number.ts'
import { type Row, rowOf, rowsOf } from './calibration-rows.ts'

type Judged = Cell & Required<Pick<Cell, 'accuracy'>>

const LEAST_ROW_HEIGHT = 36
const LINE_HEIGHT = 11

/** Drop of every reduced configuration with its interval, a row per calibration: accuracy alone, whatever the device. */
export function calibrationsChart(workload: WorkloadInfo, cells: readonly Cell[]): HTMLElement | undefined {
  const judged = reduced(cells)
  if (judged.length === 0) return undefined
  const known = new Set(judged.map(rowOf))
  const rows = rowsOf(cells.filter((cell) => known.has(rowOf(cell))))
  const keys = rows.map(({ key }) => key)
  const lines = rows.flatMap(({ label }) => label.split('\n'))
  const rowHeight = Math.max(
    LEAST_ROW_HEIGHT,
    ...rows.map(({ label }) => label.split('\n').length * LINE_HEIGHT + 4),
  )
  const drop = dropScale(
    judged.flatMap(({ accuracy }) => [accuracy.drop * 100, ...accuracy.ci95.map((end) => end * 100)]),
  )
  const { fp32, samples } = judged[0].accuracy
  const shifts = { none: 0, 'per-channel': -6, 'per-tensor': 6 } as const
  const draw = (width: number): SVGElement | HTMLElement =>
    Plot.plot({
      width,
      height: rows.length * rowHeight + 62,
      marginLeft: 14 + Math.max(...lines.map(({ length }) => length)) * 6.2,
      marginRight: 12,
      marginTop: 22,
      marginBottom: 40,
      x: { ...drop.scale, label: drop.label, labelArrow: 'none', labelAnchor: 'center', grid: true },
      y: { type: 'point', domain: keys, label: null, axis: null, padding: 0.6 },
      symbol: { type: 'identity' },
      color: { type: 'identity' },
      marks: [
        Plot.ruleX([0], { stroke: 'var(--fp32)', strokeDasharray: '5 3' }),
        Plot.text([0], {
          x: 0,
          text: () => `FP32 ${percent(fp32)}`,
          frameAnchor: 'top',
          dy: -12,
          fill: 'var(--ink-2)',
        }),
        labelMarks(rows),
        Object.entries(shifts).map(([granularity, dy]) => {
          const group = judged.filter(({ weights }) => weights.granularity === granularity)
          return [
            Plot.ruleY(group, {
              y: rowOf,
              x1: ({ accuracy }: Judged) => accuracy.ci95[0] * 100,
              x2: ({ accuracy }: Judged) => accuracy.ci95[1] * 100,
              dy,
              stroke: colorOf,
              strokeWidth: 1.5,
              strokeOpacity: 0.55,
            }),
            Plot.dot(group, {
              y: rowOf,
              x: ({ accuracy }: Judged) => accuracy.drop * 100,
              dy,
              r: 4,
              symbol: symbolOf,
              fill: fillOf,
              stroke: (cell: Judged) => (isHollow(cell) ? colorOf(cell) : 'var(--surface)'),
              strokeWidth: (cell: Judged) => (isHollow(cell) ? 1.5 : 0.75),
            }),
          ]
        }),
        Plot.tip(
          judged,
          Plot.pointerY({
            y: rowOf,
            x: ({ accuracy }: Judged) => accuracy.drop * 100,
            title: (cell: Judged) =>
              `${configurationName(cell)}\n${percent(cell.accuracy.value)}, ${dropWithInterval(cell.accuracy)}`,
            fill: 'var(--surface)',
            stroke: 'var(--rule-strong)',
          }),
        ),
      ],
    })
  return figure({
    title: 'Drop by calibration',
    description: judged
      .map((cell) => `${configurationName(cell)}: ${dropWithInterval(cell.accuracy)}`)
      .join('; '),
    draw,
    legend: legend(judged),
    note: `Left is better. Bars are 95% intervals of the paired drop on ${samples} samples of ${workload.id}.`,
  })
}

/** The rows' labels left of the frame, those that head a group in bold. */
function labelMarks(rows: readonly Row[]): Plot.Markish[] {
  return [true, false].map((heads) =>
    Plot.text(
      rows.filter((row) => row.heads === heads),
      {
        y: 'key',
        text: 'label',
        frameAnchor: 'left',
        textAnchor: 'end',
        dx: -8,
        fontWeight: heads ? 600 : 400,
        fill: heads ? 'var(--ink)' : 'var(--ink-2)',
      },
    ),
  )
}

/** One cell for each configuration but FP32: INT8 is bit-exact, so devices differ in time only. */
function reduced(cells: readonly Cell[]): Judged[] {
  const byConfiguration = new Map<string, Judged>()
  for (const cell of cells) {
    const key = configurationKey(cell)
    if (cell.precision !== 'fp32' && isJudged(cell) && !byConfiguration.has(key))
      byConfiguration.set(key, cell)
  }
  return [...byConfiguration.values()]
}

function isJudged(cell: Cell): cell is Judged {
  return cell.accuracy !== undefined
}
