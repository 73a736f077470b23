import * as Plot from '@observablehq/plot'
import { configurationName } from '@octet/results'
import { fillOf, isHollow, legend, symbolOf } from '../chart/encoding.ts'
import { figure } from '../chart/figure.ts'
import { percent, significant } from '../format/number.ts'
import type { Trained } from './trained.ts'

interface Point {
  readonly trained: Trained
  readonly step: number
  readonly accuracy: number
  readonly loss: number
}

/** Validation accuracy over the steps of each of a workload's trainings; the model that was kept is the large mark. */
export function course(workload: string, group: readonly Trained[]): HTMLElement {
  const points = group.flatMap((trained) =>
    trained.training.validations.map((validation): Point => ({ trained, ...validation })),
  )
  const isKept = ({ trained, step }: Point): boolean => trained.training.best === step
  const line = (hollow: boolean): Plot.Markish =>
    Plot.line(
      points.filter(({ trained }) => isHollow(trained.cell) === hollow),
      {
        x: 'step',
        y: ({ accuracy }: Point) => 100 * accuracy,
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
        y: ({ accuracy }: Point) => 100 * accuracy,
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
      height: 240,
      marginLeft: 52,
      marginBottom: 40,
      x: { label: 'steps', labelArrow: 'none', labelAnchor: 'center' },
      y: { label: 'validation accuracy, %', labelArrow: 'none', grid: true, nice: true },
      symbol: { type: 'identity' },
      color: { type: 'identity' },
      marks: [
        line(false),
        line(true),
        mark(false),
        mark(true),
        Plot.tip(
          points,
          Plot.pointer({
            x: 'step',
            y: ({ accuracy }: Point) => 100 * accuracy,
            title: ({ trained, step, accuracy, loss }: Point) =>
              `${configurationName(trained.cell)}\nstep ${step}: ${percent(accuracy)}, loss ${significant(loss)}`,
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
        return `${configurationName(cell)}: from ${percent(validations[0]?.accuracy ?? 0)} to ${percent(kept?.accuracy ?? 0)} at step ${best} of ${steps}`
      })
      .join('; '),
    draw,
    legend: legend(group.map(({ cell }) => cell)),
    note: 'The large mark is the model that was kept.',
  })
}
