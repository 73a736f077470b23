import type { Cell } from '@octet/results'
import { dropScale, type DropScale } from '../chart/drop.ts'
import type { Child } from '../dom/element.ts'
import { decibels, dropWithInterval, hundredths, percent } from '../format/number.ts'
import { measured } from '../table/measured.ts'

/**
 * By what a workload's configurations are judged: the accuracy that they lose, or the SQNR of their output where the
 * model has no accuracy.
 */
export interface Quality {
  /** Whether a cell has what it is judged by. */
  readonly judges: (cell: Cell) => boolean
  /** Less is better. */
  readonly loss: (cell: Cell) => number
  /** Columns of a table: head, unit, content. */
  readonly columns: readonly (readonly [head: string, unit: string, content: (cell: Cell) => Child])[]
  readonly chart: {
    readonly title: string
    /** Where a cell's mark stands, and the ends of its interval, in the unit of the axis. */
    readonly value: (cell: Cell) => number
    readonly ends: (cell: Cell) => readonly number[]
    readonly scale: (values: readonly number[]) => Pick<DropScale, 'scale' | 'label'>
    readonly inWords: (cell: Cell) => string
    readonly note: string
  }
}

const BY_ACCURACY: Quality = {
  judges: ({ accuracy }) => accuracy !== undefined,
  loss: ({ accuracy }) => accuracy!.drop,
  columns: [
    ['Accuracy', '%', ({ accuracy }) => hundredths(accuracy!.value)],
    [
      'Drop',
      'points [95%]',
      ({ precision, accuracy }) =>
        precision === 'fp32' ? 'reference' : measured(accuracy!.drop, accuracy!.ci95, hundredths),
    ],
  ],
  chart: {
    title: 'Drop by calibration',
    value: ({ accuracy }) => accuracy!.drop * 100,
    ends: ({ accuracy }) => accuracy!.ci95.map((end) => end * 100),
    scale: dropScale,
    inWords: ({ accuracy }) => `${percent(accuracy!.value)}, ${dropWithInterval(accuracy!)}`,
    note: 'Left is better. Bars are 95% intervals of the paired drop',
  },
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
  const faithful = cells.some(({ fidelity }) => fidelity !== undefined)
  return faithful && cells.every(({ accuracy }) => accuracy === undefined) ? BY_FIDELITY : BY_ACCURACY
}

function sqnrOf({ precision, fidelity }: Cell): number {
  return precision === 'fp32' ? Infinity : (fidelity!.sqnrDb ?? Infinity)
}
