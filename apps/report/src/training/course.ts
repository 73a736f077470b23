import * as Plot from '@observablehq/plot'
import { TASKS } from '@octet/core'
import { configurationName } from '@octet/results'
import { MIDDLE_LABEL } from '../chart/axis.ts'
import { fillOf, isHollow, legend, symbolOf } from '../chart/encoding.ts'
import { figure } from '../chart/figure.ts'
import { significant } from '../format/number.ts'
import { written } from '../format/task.ts'
import type { Trained } from './trained.ts'

const HEIGHT = 240

interface Point {
  readonly trained: Trained
  readonly step: number
  /** The task's metric in its written unit. */
  readonly value: number
  readonly loss: number
}

/** FP32's score over the evaluation samples, which a training should approach. */
function fp32Line({ cell: { task } }: Trained, factor: number): Plot.Markish {
  const y = task.fp32 * factor
  return [
    Plot.ruleY([y], { stroke: 'var(--fp32)', strokeDasharray: '5 3' }),
    Plot.text([y], {
      y,
      text: () => 'FP32 on evaluation samples',
      frameAnchor: 'right',
      textAnchor: 'end',
      dy: -8,
      fill: 'var(--ink-2)',
    }),
  ]
}

/**
 * The task's metric on the validation samples, over the steps of each training of a workload. The large mark is the
 * model that was kept.
 */
export function course(workload: string, group: readonly Trained[]): HTMLElement {
  const { noun, value: unit } = TASKS[group[0].cell.task.id]
  const { factor, name } = unit
  const points = group.flatMap((trained) =>
    trained.training.validations.map((validation): Point => ({ trained, ...validation })),
  )
  const isKept = ({ trained, step }: Point): boolean => trained.training.best === step
  const line = (hollow: boolean): Plot.Markish =>
    Plot.line(
      points.filter(({ trained }) => isHollow(trained.cell) === hollow),
      {
        x: 'step',
        y: ({ value }: Point) => factor * value,
        z: ({ trained }: Point) => configurationName(trained.cell),
        stroke: 'var(--int8)',
        strokeDasharray: hollow ? '4 3' : 'none',
        strokeOpacity: 0.6,
      },
    )
  const mark = (kept: boolean): Plot.Markish =>
    Plot.dot(
      points.filter((point) => isKept(point) === kept),
      {
        x: 'step',
        y: ({ value }: Point) => factor * value,
        r: kept ? 5 : 2.5,
        symbol: ({ trained }: Point) => symbolOf(trained.cell),
        fill: ({ trained }: Point) => fillOf(trained.cell),
        stroke: 'var(--int8)',
        strokeWidth: 1,
      },
    )
  const draw = (width: number): SVGElement | HTMLElement =>
    Plot.plot({
      width,
      height: HEIGHT,
      marginTop: 38,
      marginLeft: 52,
      marginBottom: 40,
      x: { label: 'steps', ...MIDDLE_LABEL },
      y: { label: `validation ${noun}${name && `, ${name}`}`, labelArrow: 'none', grid: true, nice: true },
      symbol: { type: 'identity' },
      color: { type: 'identity' },
      marks: [
        fp32Line(group[0], factor),
        line(false),
        line(true),
        mark(false),
        mark(true),
        Plot.tip(
          points,
          Plot.pointer({
            x: 'step',
            y: ({ value }: Point) => factor * value,
            title: ({ trained, step, value, loss }: Point) =>
              `${configurationName(trained.cell)}\nstep ${step}: ${written(value, unit)}, loss ${significant(loss)}`,
            fill: 'var(--surface)',
            stroke: 'var(--rule-strong)',
          }),
        ),
      ],
    })
  return figure({
    title: `Course of training: ${workload}`,
    description: group
      .map(({ cell, training: { validations, best, steps } }) => {
        const kept = validations.find(({ step }) => step === best)
        const ends = [validations[0], kept].map((one) => (one ? written(one.value, unit) : 'nothing'))
        return `${configurationName(cell)}: from ${ends.join(' to ')} at step ${best} of ${steps}`
      })
      .join('; '),
    height: HEIGHT,
    draw,
    table: () => ({
      heads: ['Configuration', 'Step', `Validation ${noun}`, 'Loss', 'Kept'],
      rows: points.map((point) => [
        configurationName(point.trained.cell),
        String(point.step),
        written(point.value, unit),
        significant(point.loss),
        isKept(point) ? 'yes' : '',
      ]),
    }),
    legend: legend(group.map(({ cell }) => cell)),
    note: 'The large mark is the model that was kept.',
  })
}
