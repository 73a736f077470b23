import * as Plot from '@observablehq/plot'
import { TASKS } from '@octet/core'
import { type Run, type Sufficiency, sufficiencyInWords, type WorkloadInfo } from '@octet/results'
import { MIDDLE_LABEL } from '../chart/axis.ts'
import { figure } from '../chart/figure.ts'
import { type Child, h } from '../dom/element.ts'
import { decibels, fixed, grouped, range, signed } from '../format/number.ts'
import { bare, capitalized } from '../format/task.ts'

const HEIGHT = 220

interface Point {
  readonly samples: number
  readonly value: number
  readonly ci95: readonly [number, number]
}

/** The number of calibration samples that is enough: the verdict as text, and its curve. */
export function sufficiency(run: Run, { id, task }: WorkloadInfo): Child {
  return (run.sufficiency ?? [])
    .filter(({ workload }) => workload === id)
    .map((one) =>
      h(
        'section',
        { class: 'sufficiency' },
        h('h4', {}, 'Calibration samples'),
        h('p', {}, signed(sufficiencyInWords(task, one))),
        curve(one, task),
      ),
    )
}

/** The figure that expresses doubt, over the number of samples, with an interval that contains 95% of other draws. */
function curve(one: Sufficiency, task: WorkloadInfo['task']): HTMLElement | undefined {
  const unit = one.figure === 'loss' && task !== 'none' ? TASKS[task].loss : undefined
  const points = one.points.flatMap((point): Point[] => {
    const spread = point[one.figure]
    return spread === null ? [] : [{ samples: point.samples, value: spread.value, ci95: spread.ci95 }]
  })
  if (points.length < 2) return undefined
  const factor = unit?.factor ?? 1
  const words = (value: number): string => (unit === undefined ? decibels(value) : bare(value, unit))
  const name = unit === undefined ? 'SQNR (dB)' : `${unit.noun}${unit.name && ` (${unit.name})`}`
  const at = { x: 'samples', y: ({ value }: Point) => value * factor }
  return figure({
    title: `${capitalized(name)} by number of calibration samples, ${one.calibration}`,
    description: points
      .map(({ samples, value, ci95 }) => `${grouped(samples)} samples: ${words(value)} ${range(ci95, words)}`)
      .join('; '),
    height: HEIGHT,
    draw: (width) =>
      Plot.plot({
        width,
        height: HEIGHT,
        marginLeft: 52,
        marginBottom: 40,
        x: {
          type: 'log',
          label: 'calibration samples (log)',
          ...MIDDLE_LABEL,
          ticks: points.map(({ samples }) => samples),
          tickFormat: (samples: number) => fixed(samples, 0),
        },
        y: { label: name, labelArrow: 'none', grid: true, nice: true },
        marks: [
          Plot.areaY(points, {
            x: 'samples',
            y1: ({ ci95 }: Point) => ci95[0] * factor,
            y2: ({ ci95 }: Point) => ci95[1] * factor,
            fill: 'var(--int8)',
            fillOpacity: 0.18,
          }),
          Plot.line(points, { ...at, stroke: 'var(--int8)' }),
          Plot.dot(points, { ...at, r: 3.5, fill: 'var(--int8)' }),
        ],
      }),
    table: () => ({
      heads: ['Samples', `${capitalized(name)} [95%]`],
      rows: points.map(({ samples, value, ci95 }) => [
        grouped(samples),
        `${words(value)} ${range(ci95, words)}`,
      ]),
    }),
    note:
      `The band holds 95% of other sets of that many samples; each size was drawn ${grouped(one.draws)} ` +
      `times and judged on ${grouped(one.judged.samples)} ${one.judged.of} samples.`,
  })
}
