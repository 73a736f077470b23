import * as Plot from '@observablehq/plot'
import {
  type Cell,
  configurationName,
  type Machine,
  machineDifferences,
  recommend,
  type Run,
} from '@octet/results'
import { MIDDLE_LABEL } from '../chart/axis.ts'
import { figure } from '../chart/figure.ts'
import { noiseBand } from './band.ts'
import { deviceOf } from '../format/configuration.ts'
import { duration, milliseconds, range } from '../format/number.ts'
import { lossWithInterval } from '../format/task.ts'
import { instant } from '../format/time.ts'

const HEIGHT = 240

interface Point {
  readonly run: Run
  /** The number of its machine among the machines of the chart. */
  readonly machine: number
  readonly cell: Cell & Required<Pick<Cell, 'latency'>>
  readonly place: string
}

/** The time of one configuration over the runs on the page, with a line for each machine and 95% intervals. */
export function historyChart(runs: readonly Run[], workload: string, shown: Run): HTMLElement | undefined {
  const picked = recommend(shown).choices.find((choice) => choice.workload === workload)?.cell
  if (picked === undefined) return undefined
  const machines: Machine[] = []
  const points = runs
    .toSorted((a, b) => (a.run.startedAt < b.run.startedAt ? -1 : 1))
    .flatMap((run, i): Point[] => {
      const cell = run.cells.find(({ key }) => key === picked.key)
      return cell?.latency === undefined
        ? []
        : [
            {
              run,
              machine: placeOf(run.machine, machines),
              cell: cell as Point['cell'],
              place: String(i + 1),
            },
          ]
    })
  if (points.length < 2) return undefined
  const band = noiseBand(runs, shown, picked)
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
        x: { type: 'point', label: 'run, oldest first', ...MIDDLE_LABEL },
        y: { label: 'latency, median (ms)', labelArrow: 'none', grid: true, zero: true },
        symbol: { type: 'identity' },
        marks: [
          band === undefined
            ? null
            : Plot.areaY(points, {
                x: 'place',
                y1: band[0] / 1e6,
                y2: band[1] / 1e6,
                fill: 'var(--ink-3)',
                fillOpacity: 0.15,
              }),
          Plot.line(points, {
            ...at,
            z: ({ machine }: Point) => machine,
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
            symbol: ({ machine }: Point) => symbols[machine % symbols.length],
          }),
        ],
      }),
    table: () => ({
      heads: ['Run', 'Started', 'Commit', 'Machine', 'Latency (ms)', 'Loss'],
      rows: points.map(({ run, cell, machine }, i) => [
        `${i + 1}: ${run.run.id}`,
        instant(run.run.startedAt),
        run.run.commit.slice(0, 12),
        machines.length > 1 ? `${machine + 1}: ${run.machine.cpu}` : run.machine.cpu,
        `${milliseconds(cell.latency.median)} ${range(cell.latency.ci95, milliseconds)}`,
        cell.task ? lossWithInterval(cell.task) : '–',
      ]),
    }),
    note:
      'The configuration that the shown run recommends. Bars are 95% intervals of each run’s median; ' +
      'they do not include the noise between runs of one machine. ' +
      (band === undefined
        ? 'That noise is unknown: Octet needs three earlier runs of one build with equal options on this machine.'
        : `The grey band around the shown run does: 95 in 100 equal runs lie within ${range(band, duration)}.`) +
      (machines.length > 1 ? ' Lines and symbols tell machines apart.' : ''),
  })
}

/** The number of a machine in a list. A machine that is not in the list is added. */
function placeOf(machine: Machine, among: Machine[]): number {
  const known = among.findIndex((other) => machineDifferences(other, machine).length === 0)
  return known < 0 ? among.push(machine) - 1 : known
}
