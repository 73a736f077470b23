import { inert } from '@octet/core'
import { getBorderCharacters, table } from 'table'

/** A column of a table with rows of one type. */
export type Column<T> = readonly [title: string, align: 'left' | 'right', cell: (row: T) => string]

/** The most characters of a cell, because names come from files. */
const WIDEST = 120

/** Rows under titles, without rules between them. */
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
