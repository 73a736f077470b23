import * as Plot from '@observablehq/plot'
import { type Cell, configurationName, recommend, type Run } from '@octet/results'
import { figure } from '../chart/figure.ts'
import { deviceOf } from '../format/configuration.ts'
import { duration, milliseconds, range } from '../format/number.ts'
import { lossWithInterval } from '../format/task.ts'
import { instant } from '../format/time.ts'

const HEIGHT = 240

interface Point {
  readonly run: Run
  readonly cell: Cell & Required<Pick<Cell, 'latency'>>
  readonly place: string
}

/** The time of one configuration over the runs on the page, a line for each machine, with 95% intervals. */
export function historyChart(runs: readonly Run[], workload: string, shown: Run): HTMLElement | undefined {
  const picked = recommend(shown).choices.find((choice) => choice.workload === workload)?.cell
  if (picked === undefined) return undefined
  const points = runs
    .toSorted((a, b) => (a.run.startedAt < b.run.startedAt ? -1 : 1))
    .flatMap((run, i): Point[] => {
      const cell = run.cells.find(({ key }) => key === picked.key)
      return cell?.latency === undefined ? [] : [{ run, cell: cell as Point['cell'], place: String(i + 1) }]
    })
  if (points.length < 2) return undefined
  const machines = [...new Set(points.map(({ run }) => run.machine.fingerprint))]
  const symbols = ['circle', 'square', 'triangle', 'diamond', 'star']
  const at = { x: 'place', y: ({ cell }: Point) => cell.latency.median / 1e6 }
  const title = `${configurationName(picked)} on ${deviceOf(picked)} over ${points.length} runs`
  return figure({
    title,
    description: points
      .map(
        ({ run, cell }) =>
          `${run.run.id}: ${duration(cell.latency.median)} ${range(cell.latency.ci95, duration)}`,
      )
      .join('; '),
    height: HEIGHT,
    draw: (width) =>
      Plot.plot({
        width,
        height: HEIGHT,
        marginLeft: 52,
        marginBottom: 40,
        x: { type: 'point', label: 'run, oldest first', labelArrow: 'none', labelAnchor: 'center' },
        y: { label: 'latency, median (ms)', labelArrow: 'none', grid: true, zero: true },
        symbol: { type: 'identity' },
        marks: [
          Plot.line(points, {
            ...at,
            z: ({ run }: Point) => run.machine.fingerprint,
            stroke: 'var(--ink-3)',
          }),
          Plot.ruleX(points, {
            x: 'place',
            y1: ({ cell }: Point) => cell.latency.ci95[0] / 1e6,
            y2: ({ cell }: Point) => cell.latency.ci95[1] / 1e6,
            stroke: 'var(--int8)',
            strokeWidth: 6,
            strokeOpacity: 0.3,
          }),
          Plot.dot(points, {
            ...at,
            r: 4,
            fill: 'var(--int8)',
            symbol: ({ run }: Point) => symbols[machines.indexOf(run.machine.fingerprint) % symbols.length],
          }),
        ],
      }),
    table: () => ({
      heads: ['Run', 'Started', 'Commit', 'Machine', 'Latency (ms)', 'Loss'],
      rows: points.map(({ run, cell }, i) => [
        `${i + 1}: ${run.run.id}`,
        instant(run.run.startedAt),
        run.run.commit.slice(0, 12),
        `${run.machine.cpu}, ${run.machine.fingerprint.slice(0, 8)}`,
        `${milliseconds(cell.latency.median)} ${range(cell.latency.ci95, milliseconds)}`,
        cell.task ? lossWithInterval(cell.task) : '–',
      ]),
    }),
    note: `The configuration that the shown run recommends. Bars are 95% intervals of each run’s median; they do not hold what a machine differs by from run to run.${machines.length > 1 ? ' Lines and symbols tell machines apart.' : ''}`,
  })
}
