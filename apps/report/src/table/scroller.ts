import { type Child, h } from '../dom/element.ts'

interface Table {
  readonly class?: string
  readonly caption?: Child
  /** Heads of the columns. */
  readonly heads: Child
  /** Bodies of rows. */
  readonly body: Child
}

export function tableOf({ class: name, caption, heads, body }: Table): HTMLTableElement {
  return h(
    'table',
    { class: name },
    caption !== undefined && h('caption', {}, h('span', {}, caption)),
    h('thead', {}, h('tr', {}, heads)),
    body,
  )
}

/** A table in its own scrolling, labelled region, with further content below it. On a phone its rows become cards. */
export function scroller(
  label: string,
  table: Table & { readonly region?: string },
  below?: Child,
): HTMLElement {
  const name = table.region === undefined ? 'scroller' : `scroller ${table.region}`
  const folding = tableOf({ ...table, class: `folds ${table.class ?? ''}` })
  labelCells(folding)
  return h('div', { class: name, tabindex: 0, role: 'region', 'aria-label': label }, folding, below)
}

/** The head of a column with its unit, in one line. */
export function withUnit(head: string, unit: string | undefined): string {
  return unit ? `${head}, ${unit}` : head
}

/** Gives every cell the head of its column. A row that is a card shows it beside the cell. */
function labelCells(table: HTMLTableElement): void {
  const heads = Array.from(table.tHead!.rows[0].cells, (cell) => {
    const unit = cell.querySelector('small')?.textContent ?? ''
    return withUnit(cell.textContent.slice(0, cell.textContent.length - unit.length), unit)
  })
  for (const { cells } of Array.from(table.tBodies).flatMap((body) => Array.from(body.rows)))
    if (cells.length === heads.length)
      for (let i = 1; i < cells.length; i++) cells[i].dataset['head'] = heads[i]
}

/** The head of a text column. */
export function head(words: Child, unit?: string): HTMLElement {
  return h('th', { scope: 'col' }, words, unit !== undefined && h('small', {}, unit))
}

/** The head of a column of figures. */
export function numberHead(words: Child, unit?: string): HTMLElement {
  return h('th', { scope: 'col', class: 'number' }, words, unit !== undefined && h('small', {}, unit))
}

/** A figure in its column, or a dash if there is none. */
export function number(figure: Child): HTMLElement {
  return h('td', { class: 'number' }, figure === undefined ? '–' : figure)
}
