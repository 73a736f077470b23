import { SCORED_TASKS, TASKS } from '@octet/core'
import type { Cell, TaskScore } from '@octet/results'
import { lossScale, type LossScale } from '../chart/loss.ts'
import type { Child } from '../dom/element.ts'
import { decibels } from '../format/number.ts'
import { bare, capitalized, isScored, lossWithInterval, valueInWords } from '../format/task.ts'
import { measured } from '../table/measured.ts'

/**
 * The figure that judges a workload's configurations: their loss in the task's metric, or, without labels, the SQNR of
 * their output.
 */
export interface Quality {
  /** Whether a cell has the figures that judge it. */
  readonly judges: (cell: Cell) => boolean
  /** A smaller value is better. */
  readonly loss: (cell: Cell) => number
  /** Columns of a table: head, unit, content. */
  readonly columns: readonly (readonly [head: string, unit: string, content: (cell: Cell) => Child])[]
  readonly chart: {
    readonly title: string
    /** The position of a cell's mark and the ends of its interval, in the unit of the axis. */
    readonly value: (cell: Cell) => number
    readonly ends: (cell: Cell) => readonly number[]
    /** The scale along an axis of `length` pixels. */
    readonly scale: (values: readonly number[], length: number) => Pick<LossScale, 'scale' | 'label'>
    readonly inWords: (cell: Cell) => string
    readonly note: string
  }
}

function byTask(score: Pick<TaskScore, 'id' | 'scale'>): Quality {
  const { noun, loss, value } = TASKS[score.id]
  return {
    judges: isScored,
    loss: ({ task }) => task!.loss,
    columns: [
      [capitalized(noun), value.name, ({ task }) => bare(task!.value, value)],
      [
        capitalized(loss.noun),
        `${loss.name} [95%]`,
        ({ precision, task }) =>
          precision === 'fp32' ? 'reference' : measured(task!.loss, task!.ci95, (end) => bare(end, loss)),
      ],
    ],
    chart: {
      title: `${capitalized(loss.noun)} by calibration`,
      value: ({ task }) => task!.loss * loss.factor,
      ends: ({ task }) => task!.ci95.map((end) => end * loss.factor),
      scale: (losses, length) => lossScale(score, losses, length),
      inWords: ({ task }) => `${valueInWords(task!)}, ${lossWithInterval(task!)}`,
      note: `Left is better. Bars are 95% intervals of the paired ${loss.noun}`,
    },
  }
}

const BY_FIDELITY: Quality = {
  judges: ({ precision, fidelity }) => precision === 'fp32' || fidelity !== undefined,
  loss: (cell) => -sqnrOf(cell),
  columns: [
    [
      'Output SQNR',
      'dB',
      ({ precision, fidelity }) => (precision === 'fp32' ? 'reference' : decibels(fidelity!.sqnrDb)),
    ],
  ],
  chart: {
    title: 'SQNR by calibration',
    value: ({ fidelity }) => fidelity!.sqnrDb ?? NaN,
    ends: () => [],
    scale: (values) => {
      const most = Math.max(...values.filter(Number.isFinite), 0)
      const least = Math.min(...values.filter(Number.isFinite), 0)
      return { scale: { domain: [least, most * 1.05 + 1], ticks: 5 }, label: 'SQNR of the output (dB)' }
    },
    inWords: ({ fidelity }) => `SQNR ${decibels(fidelity!.sqnrDb)} dB`,
    note: 'Right is better: the error of the output against FP32',
  },
}

export function qualityOf(cells: readonly Cell[]): Quality {
  const score = cells.find(isScored)?.task
  const faithful = cells.some(({ fidelity }) => fidelity !== undefined)
  return score === undefined && faithful ? BY_FIDELITY : byTask(score ?? { id: SCORED_TASKS[0] })
}

function sqnrOf({ precision, fidelity }: Cell): number {
  return precision === 'fp32' ? Infinity : (fidelity!.sqnrDb ?? Infinity)
}
