import { TASKS } from '@octet/core'
import { type Cell, configurationKey, maxLossOf, type Goals } from '@octet/results'
import { type Child, h } from '../dom/element.ts'
import { calibrationOf, transformsInWords } from '../format/configuration.ts'
import { measured } from '../table/measured.ts'
import { bare } from '../format/task.ts'
import { decibels } from '../format/number.ts'
import type { Column } from '../table/sortable.ts'

/** A calibrator with its transforms, and its cells by the storage of weights. */
export interface GridRow {
  readonly name: string
  readonly cells: ReadonlyMap<string, Cell>
}

/** One row for each calibrator (and transforms, training, or plan). Integers are the same on all devices. */
export function gridRows(cells: readonly Cell[]): GridRow[] {
  const made = Map.groupBy(
    cells.filter(({ method }) => method !== 'none'),
    (cell) => [rowName(cell), ...(cell.method === 'plan' ? [cell.plan] : [])].join(' '),
  )
  return [...made.values()].map((group) => ({
    name: rowName(group[0]),
    cells: new Map([...Map.groupBy(group, storageOf)].map(([storage, some]) => [storage, telling(some)])),
  }))
}

function rowName(cell: Cell): string {
  return [calibrationOf(cell), transformsInWords(cell)].filter(Boolean).join(' + ')
}

/** The cell that says most about one configuration: a scored cell if there is one, on any device. */
function telling(cells: readonly Cell[]): Cell {
  return cells.find(({ task }) => task) ?? cells.find(({ fidelity }) => fidelity) ?? cells[0]
}

function storageOf({ method, weights }: Cell): string {
  return `${method === 'plan' ? 'mixed' : `${weights.bits}-bit`} ${weights.granularity}`
}

/** The calibrator, then its loss (or SQNR, without labels) by storage of weights, as a heatmap. */
export function gridColumns(
  rows: readonly GridRow[],
  goals: Goals,
  open: (cell: Cell) => void,
): Column<GridRow>[] {
  const storages = [...new Set(rows.flatMap(({ cells }) => [...cells.keys()]))].toSorted().toReversed()
  const scored = rows.flatMap(({ cells }) => [...cells.values()]).find(({ task }) => task)?.task
  const unit = scored
    ? `${TASKS[scored.id].loss.noun}, ${TASKS[scored.id].loss.name || 'loss'} [95%]`
    : 'SQNR, dB'
  return [
    { id: 'calibrator', head: 'Calibrator', value: ({ name }) => name, content: ({ name }) => name },
    ...storages.map((storage): Column<GridRow> => ({
      id: storage.replace(' ', '-'),
      head: `${storage} weights`,
      unit,
      number: true,
      value: ({ cells }) => {
        const cell = cells.get(storage)
        return cell?.task?.loss ?? (cell?.fidelity && -(cell.fidelity.sqnrDb ?? Infinity))
      },
      content: ({ cells }) => {
        const cell = cells.get(storage)
        return cell === undefined ? '–' : figureOf(cell, goals, open)
      },
    })),
  ]
}

function figureOf(cell: Cell, goals: Goals, open: (cell: Cell) => void): Child {
  const { task, fidelity, status } = cell
  const words =
    task === undefined
      ? fidelity
        ? decibels(fidelity.sqnrDb)
        : h('span', { class: `status ${status}` }, status)
      : measured(task.loss, task.ci95, (end) => bare(end, TASKS[task.id].loss))
  return h(
    'button',
    {
      type: 'button',
      class: 'heat',
      'data-configuration': configurationKey(cell),
      style: `--heat: ${task ? heat(task.loss / maxLossOf(goals, task)) : 0}`,
      on: { click: () => open(cell) },
    },
    words,
  )
}

/** 0 for no loss, a third at the goal, and 1 from ten goals. */
function heat(goals: number): string {
  if (goals <= 0) return '0'
  return Math.min(1, goals < 1 ? goals / 3 : 1 / 3 + (2 / 3) * Math.log10(goals)).toFixed(2)
}
