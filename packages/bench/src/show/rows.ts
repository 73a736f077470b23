import { inert } from '@octet/core'
import { getBorderCharacters, table } from 'table'

/** A column of rows of some kind. */
export type Column<T> = readonly [title: string, align: 'left' | 'right', cell: (row: T) => string]

/** Most characters of a cell: names come from files. */
const WIDEST = 120

/** Rows under titles, without lines. */
export function render<T>(columns: readonly Column<T>[], rows: readonly T[]): string {
  const all = [
    columns.map(([title]) => title),
    ...rows.map((row) => columns.map(([, , cell]) => inert(cell(row), WIDEST))),
  ]
  return table(all, {
    border: getBorderCharacters('void'),
    columns: columns.map(([, alignment]) => ({ alignment, paddingLeft: 0, paddingRight: 2 })),
    drawHorizontalLine: () => false,
  })
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
    .trimEnd()
}
