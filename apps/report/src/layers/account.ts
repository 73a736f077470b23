import type { Layer } from '@octet/results'
import { h } from '../dom/element.ts'
import { decibels, grouped, range, share, significant } from '../format/number.ts'
import { type Column, figures, sortableTable } from '../table/sortable.ts'
import { type Ranked, ranked, sqnrOf } from './ranking.ts'

/** The result of every calibrator for one tensor, as numbers. */
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
    figures(['sqnr', 'SQNR', 'dB'], sqnrOf, (_, { sqnrDb }) => decibels(sqnrDb)),
    figures(['lo', 'Low'], ({ lo }) => lo, significant),
    figures(['hi', 'High'], ({ hi }) => hi, significant),
    figures(['scale', 'Scale'], ({ scale }) => scale, significant),
    ...(rows.some(({ scaleInterval }) => scaleInterval !== undefined) ? [SCALE_INTERVAL] : []),
    figures(
      ['zero', 'Zero point'],
      ({ zeroPoint }) => zeroPoint,
      (count) => grouped(count),
    ),
    figures(['clipped', 'Clipped'], ({ clipped }) => clipped, share),
    ...(rows.some(({ clipErrorShare }) => clipErrorShare !== undefined) ? [CLIP_ERROR] : []),
    figures(['saturated', 'At qmin or qmax'], ({ saturated }) => saturated, share),
    figures(
      ['levels', 'Levels used'],
      ({ usedLevels }) => usedLevels,
      (count) => grouped(count),
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

const CLIP_ERROR: Column<Ranked> = figures(
  ['clip-error', 'Error by clipping'],
  ({ clipErrorShare }) => clipErrorShare,
  share,
)

/** Sorts by the width relative to the scale. The least certain scale comes last. */
const SCALE_INTERVAL: Column<Ranked> = figures(
  ['interval', 'Scale elsewhere', '90% of other draws'],
  ({ scale, scaleInterval: ends }) => (ends ? (ends[1] - ends[0]) / scale : undefined),
  (_, { scaleInterval }) => range(scaleInterval!, significant),
)
