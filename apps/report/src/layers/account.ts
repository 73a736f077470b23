import type { Layer } from '@octet/results'
import { h } from '../dom/element.ts'
import { decibels, grouped, range, share, significant } from '../format/number.ts'
import { type Column, sortableTable } from '../table/sortable.ts'
import { type Ranked, ranked, sqnrOf } from './ranking.ts'

/** What every calibrator makes of one tensor, as numbers. */
export function accountTable(layer: Layer): HTMLElement {
  const rows = ranked(layer)
  const columns: Column<Ranked>[] = [
    {
      id: 'calibration',
      head: 'Calibrator',
      value: ({ name }) => name,
      content: ({ name, best }) => [
        name,
        best && h('span', { class: 'tag' }, 'best'),
        name === layer.chosen?.calibration && h('span', { class: 'tag auto' }, 'auto'),
      ],
    },
    { ...figure('sqnr', 'SQNR', sqnrOf, String), unit: 'dB', content: ({ sqnrDb }) => decibels(sqnrDb) },
    figure('lo', 'Low', ({ lo }) => lo, significant),
    figure('hi', 'High', ({ hi }) => hi, significant),
    figure('scale', 'Scale', ({ scale }) => scale, significant),
    ...(rows.some(({ scaleInterval }) => scaleInterval !== undefined) ? [scaleInterval] : []),
    figure(
      'zero',
      'Zero point',
      ({ zeroPoint }) => zeroPoint,
      (zeroPoint) => grouped(zeroPoint),
    ),
    figure('clipped', 'Clipped', ({ clipped }) => clipped, share),
    ...(rows.some(({ clipErrorShare }) => clipErrorShare !== undefined)
      ? [figure('clip-error', 'Error by clipping', ({ clipErrorShare }) => clipErrorShare, share)]
      : []),
    figure('saturated', 'Saturated', ({ saturated }) => saturated, share),
    figure(
      'levels',
      'Levels used',
      ({ usedLevels }) => usedLevels,
      (levels) => grouped(levels),
    ),
  ]
  const table = sortableTable({
    caption: `Calibrators on ${layer.tensor}`,
    columns,
    onOrder: (order) => table.show(rows, order),
  })
  table.show(rows, undefined)
  return table.element
}

/** Sorts by the width against the scale: the least sure scale is the last. */
const scaleInterval: Column<Ranked> = {
  id: 'interval',
  head: 'Scale elsewhere',
  unit: '90% of other draws',
  number: true,
  value: ({ scale, scaleInterval }) =>
    scaleInterval ? (scaleInterval[1] - scaleInterval[0]) / scale : undefined,
  content: ({ scaleInterval }) => (scaleInterval ? range(scaleInterval, significant) : '–'),
}

function figure(
  id: string,
  head: string,
  value: (row: Ranked) => number | undefined,
  format: (value: number) => string,
): Column<Ranked> {
  return {
    id,
    head,
    number: true,
    value,
    content: (row) => {
      const figure = value(row)
      return figure === undefined ? '–' : format(figure)
    },
  }
}
