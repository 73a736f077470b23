import { type Child, h } from '../dom/element.ts'
import { drawnAsNeeded } from './drawn.ts'
import { scroller, withUnit } from './scroller.ts'
import './table.css'

export interface Column<Row> {
  readonly id: string
  readonly head: string
  readonly unit?: string
  readonly number?: boolean
  /** The sort key of the column. A row without a value comes last in both directions. */
  readonly value: (row: Row) => number | string | undefined
  readonly content: (row: Row) => Child
}

/** A sortable text column. It shows a dash if a row has no text. */
export function words<Row>(id: string, head: string, of: (row: Row) => string): Column<Row> {
  return { id, head, value: of, content: (row) => of(row) || '–' }
}

/** A sortable column of figures. It shows a dash if a row has no figure. */
export function figures<Row>(
  [id, head, unit]: readonly [id: string, head: string, unit?: string],
  value: (row: Row) => number | undefined,
  content: (figure: number, row: Row) => Child,
): Column<Row> {
  return {
    id,
    head,
    ...(unit !== undefined && { unit }),
    number: true,
    value,
    content: (row) => {
      const figure = value(row)
      return figure === undefined ? '–' : content(figure, row)
    },
  }
}

/** Column id, with `-` before it for descending order: `drop`, `-drop`. */
type Order = string

export interface SortableTable<Row> {
  readonly element: HTMLElement
  /** Shows these rows. Without an order, or with an unknown column, they keep their order. */
  show(rows: readonly Row[], order: Order | undefined): void
  /** The shown texts of its cells, beginning with the heads. */
  readonly texts: () => string[][]
}

export interface TableOptions<Row> {
  readonly caption: string
  /** The first column is the head of each row. */
  readonly columns: readonly Column<Row>[]
  /** A line across the table under the row. Neighbours with the same note share one line. Undefined means no line. */
  readonly note?: (row: Row) => string | undefined
  readonly onOrder: (order: Order) => void
}

/**
 * A table in its own scroller. Each head is a button that sorts: the first press sorts ascending, the second
 * descending.
 */
export function sortableTable<Row>({
  caption,
  columns,
  note,
  onOrder,
}: TableOptions<Row>): SortableTable<Row> {
  let current: Order | undefined
  let ordered: readonly Row[] = []
  const heads = columns.map((column) =>
    h(
      'th',
      { scope: 'col', class: column.number && 'number' },
      h(
        'button',
        {
          type: 'button',
          class: 'sort',
          on: { click: () => onOrder(current === column.id ? `-${column.id}` : column.id) },
        },
        h('span', {}, column.head),
        column.unit !== undefined && h('small', {}, column.unit),
      ),
    ),
  )
  const body = h('tbody')
  const element = scroller(caption, { class: 'sortable', caption, heads, body })
  const drawer = drawnAsNeeded(body)
  return {
    element,
    show(rows, order) {
      current = order
      const descending = order?.startsWith('-') ?? false
      const sortedBy = columns.find(({ id }) => id === order?.replace(/^-/, ''))
      for (const [i, column] of columns.entries()) {
        if (column === sortedBy) heads[i].setAttribute('aria-sort', descending ? 'descending' : 'ascending')
        else heads[i].removeAttribute('aria-sort')
      }
      ordered = sortedBy === undefined ? rows : sort(rows, sortedBy.value, descending)
      element.scrollTop = 0
      drawer.show(tableRows(ordered, columns, note), ordered.length)
    },
    texts: () => [
      columns.map(({ head, unit }) => (unit === undefined ? head : `${head} (${unit})`)),
      ...ordered.map((row) => columns.map(({ content }) => textOf(content(row)))),
    ],
  }
}

function textOf(content: Child): string {
  return h('td', {}, content).textContent.replaceAll(/\s+/g, ' ').trim()
}

/** The rows with their notes. Neighbours with the same note share it, under the last of them. */
function* tableRows<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  note: TableOptions<Row>['note'],
): Generator<HTMLElement> {
  let noted = 0
  for (const [i, row] of rows.entries()) {
    const text = note?.(row)
    const next = rows[i + 1]
    const last = text !== undefined && (next === undefined || note?.(next) !== text)
    noted = text === undefined ? 0 : noted + 1
    yield h(
      'tr',
      { class: last && 'has-note' },
      columns.map((column, i) =>
        i === 0
          ? h('th', { scope: 'row' }, column.content(row))
          : h(
              'td',
              { class: column.number && 'number', 'data-head': withUnit(column.head, column.unit) },
              column.content(row),
            ),
      ),
    )
    if (!last) continue
    const scope = noted > 1 ? `These ${noted} rows: ` : ''
    yield h('tr', { class: 'note' }, h('td', { colspan: columns.length }, h('span', {}, scope + text)))
    noted = 0
  }
}

function sort<Row>(rows: readonly Row[], value: Column<Row>['value'], descending: boolean): Row[] {
  const sign = descending ? -1 : 1
  return rows.toSorted((a, b) => {
    const [x, y] = [value(a), value(b)]
    if (x === undefined || y === undefined) return Number(x === undefined) - Number(y === undefined)
    if (typeof x === 'number' && typeof y === 'number') return sign * (x === y ? 0 : x < y ? -1 : 1)
    return sign * String(x).localeCompare(String(y), 'en', { numeric: true })
  })
}
