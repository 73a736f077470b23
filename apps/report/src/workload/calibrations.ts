import * as Plot from '@observablehq/plot'
import { type Cell, configurationKey, configurationName, type WorkloadInfo } from '@octet/results'
import { colorOf, fillOf, isHollow, legend, symbolOf } from '../chart/encoding.ts'
import { figure } from '../chart/figure.ts'
import { grouped } from '../format/number.ts'
import { valueInWords } from '../format/task.ts'
import { type Row, rowOf, rowsOf } from './calibration-rows.ts'
import { qualityOf } from './quality.ts'

const LEAST_ROW_HEIGHT = 36
const LINE_HEIGHT = 13

/**
 * The loss of every reduced configuration with its interval, or its SQNR, with a row per calibration. It shows quality
 * only, which is independent of the device.
 */
export function calibrationsChart(workload: WorkloadInfo, cells: readonly Cell[]): HTMLElement | undefined {
  const quality = qualityOf(cells)
  const { title, value, ends, scale, inWords, note } = quality.chart
  const judged = reduced(cells.filter(quality.judges))
  if (judged.length === 0) return undefined
  const known = new Set(judged.map(rowOf))
  const rows = rowsOf(cells.filter((cell) => known.has(rowOf(cell))))
  const keys = rows.map(({ key }) => key)
  const lines = rows.flatMap(({ label }) => label.split('\n'))
  const rowHeight = Math.max(
    LEAST_ROW_HEIGHT,
    ...rows.map(({ label }) => label.split('\n').length * LINE_HEIGHT + 4),
  )
  const values = judged.flatMap((cell) => [value(cell), ...ends(cell)])
  const marginLeft = 14 + Math.max(...lines.map(({ length }) => length)) * 6.8
  const { used } = workload.evaluationSamples
  const score = judged[0].task
  const height = rows.length * rowHeight + 62
  const shifts = { none: 0, 'per-channel': -6, 'per-tensor': 6 } as const
  const draw = (width: number): SVGElement | HTMLElement => {
    const length = width - marginLeft
    const axis = scale(values, length)
    const labelAnchor = length < 7 * axis.label.length ? 'right' : 'center'
    return Plot.plot({
      width,
      height,
      marginLeft,
      marginRight: 12,
      marginTop: 22,
      marginBottom: 40,
      x: { ...axis.scale, label: axis.label, labelArrow: 'none', labelAnchor, grid: true },
      y: { type: 'point', domain: keys, label: null, axis: null, padding: 0.6 },
      symbol: { type: 'identity' },
      color: { type: 'identity' },
      marks: [
        score === undefined
          ? null
          : [
              Plot.ruleX([0], { stroke: 'var(--fp32)', strokeDasharray: '5 3' }),
              Plot.text([0], {
                x: 0,
                text: () => `FP32 ${valueInWords({ ...score, value: score.fp32 })}`,
                frameAnchor: 'top',
                dy: -12,
                fill: 'var(--ink-2)',
              }),
            ],
        labelMarks(rows),
        Object.entries(shifts).map(([granularity, dy]) => {
          const group = judged.filter(({ weights }) => weights.granularity === granularity)
          return [
            Plot.ruleY(
              group.filter((cell) => ends(cell).length > 0),
              {
                y: rowOf,
                x1: (cell: Cell) => ends(cell)[0],
                x2: (cell: Cell) => ends(cell)[1],
                dy,
                stroke: colorOf,
                strokeWidth: 1.5,
                strokeOpacity: 0.55,
              },
            ),
            Plot.dot(group, {
              y: rowOf,
              x: value,
              dy,
              r: 4,
              symbol: symbolOf,
              fill: fillOf,
              stroke: (cell: Cell) => (isHollow(cell) ? colorOf(cell) : 'var(--surface)'),
              strokeWidth: (cell: Cell) => (isHollow(cell) ? 1.5 : 0.75),
            }),
          ]
        }),
        Plot.tip(
          judged,
          Plot.pointerY({
            y: rowOf,
            x: value,
            title: (cell: Cell) => `${configurationName(cell)}\n${inWords(cell)}`,
            fill: 'var(--surface)',
            stroke: 'var(--rule-strong)',
          }),
        ),
      ],
    })
  }
  return figure({
    title,
    description: judged.map((cell) => `${configurationName(cell)}: ${inWords(cell)}`).join('; '),
    height,
    draw,
    table: () => ({
      heads: ['Configuration', title],
      rows: judged.map((cell) => [configurationName(cell), inWords(cell)]),
    }),
    legend: legend(judged),
    note: `${note} on ${grouped(score?.samples ?? used)} samples of ${workload.id}.`,
  })
}

/** The rows' labels to the left of the frame. Labels that head a group are bold. */
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

/** One cell for each configuration except FP32. INT8 is bit-exact, so devices differ only in time. */
function reduced(cells: readonly Cell[]): Cell[] {
  const byConfiguration = new Map<string, Cell>()
  for (const cell of cells) {
    const key = configurationKey(cell)
    if (cell.precision !== 'fp32' && !byConfiguration.has(key)) byConfiguration.set(key, cell)
  }
  return [...byConfiguration.values()]
}
