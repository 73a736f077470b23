import { type Cell, precisionName, transformsOf } from '@octet/results'
import { calibrationOf } from '../format/configuration.ts'

/** A row of the chart: a calibration, or the head of the rows with one weight width. */
export interface Row {
  readonly key: string
  /** Lines of at most LABEL_WIDTH characters, except for a single long word. */
  readonly label: string
  readonly heads: boolean
}

/** The limit leaves the chart some room on a phone. */
const LABEL_WIDTH = 18

/**
 * Rows in the order of the run, the widest weights first. If there are several widths of INT8 weights, each has a head.
 */
export function rowsOf(cells: readonly Cell[]): Row[] {
  const widths = Map.groupBy(
    cells.toSorted((a, b) => widthOf(b) - widthOf(a)),
    widthOf,
  )
  const several = [...widths.keys()].filter((bits) => bits <= 8).length > 1
  return [...widths].flatMap(([bits, group]) => {
    const labels = new Map(group.map((cell) => [rowOf(cell), labelOf(cell)]))
    const rows: Row[] = [...labels].map(([key, label]) => ({ key, label, heads: false }))
    if (several && bits <= 8) rows.unshift({ key: `${bits}-bit`, label: `${bits}-bit weights`, heads: true })
    return rows
  })
}

/** The key of a cell's row. */
export function rowOf(cell: Cell): string {
  return `${widthOf(cell)} ${labelOf(cell)}`
}

/** Bits of the weights. A plan, whose layers may have any width, counts like FP16. */
function widthOf({ method, weights }: Cell): number {
  return method === 'plan' ? 16 : weights.bits
}

function labelOf(cell: Cell): string {
  const name = (cell.method !== 'plan' && calibrationOf(cell)) || precisionName(cell.precision)
  return [name, ...wrapped(transformsOf(cell).map((transform) => `+ ${transform}`))].join('\n')
}

function wrapped(parts: readonly string[]): string[] {
  const lines: string[] = []
  for (const part of parts) {
    const line = `${lines.at(-1)} ${part}`
    if (lines.length > 0 && line.length <= LABEL_WIDTH) lines[lines.length - 1] = line
    else lines.push(part)
  }
  return lines
}
