import { type Child, h } from '../dom/element.ts'

interface Table {
  readonly class?: string
  readonly caption?: Child
  /** Heads of the columns. */
  readonly heads: Child
  /** Bodies of rows. */
  readonly body: Child
}

export function tableOf({ class: name, caption, heads, body }: Table): HTMLElement {
  return h(
    'table',
    { class: name },
    caption !== undefined && h('caption', {}, h('span', {}, caption)),
    h('thead', {}, h('tr', {}, heads)),
    body,
  )
}

/** A table in its own scrolling, labelled region, with further content below it. */
export function scroller(
  label: string,
  table: Table & { readonly region?: string },
  below?: Child,
): HTMLElement {
  const name = table.region === undefined ? 'scroller' : `scroller ${table.region}`
  return h('div', { class: name, tabindex: 0, role: 'region', 'aria-label': label }, tableOf(table), below)
}

/** The head of a column of words. */
export function head(words: Child, unit?: string): HTMLElement {
  return h('th', { scope: 'col' }, words, unit !== undefined && h('small', {}, unit))
}

/** The head of a column of figures. */
export function numberHead(words: Child, unit?: string): HTMLElement {
  return h('th', { scope: 'col', class: 'number' }, words, unit !== undefined && h('small', {}, unit))
}

/** A figure in its column; a dash where there is none. */
export function number(figure: Child): HTMLElement {
  return h('td', { class: 'number' }, figure === undefined ? '–' : figure)
}
