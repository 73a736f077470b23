import { type Child, h } from '../dom/element.ts'
import { head, tableOf } from '../table/scroller.ts'
import './chart.css'

/** A chart, with the texts that accompany it. */
export interface Chart {
  readonly title: string
  /** The text alternative: the kind of chart, and its conclusion. */
  readonly description: string
  /** The height of the drawing in CSS pixels at any width. The page reserves this space before it draws. */
  readonly height: number
  /** Draws at a width in CSS pixels. Called again for every new width. */
  readonly draw: (width: number) => SVGElement | HTMLElement
  /** The same figures as a table, which is made when a reader first opens it. */
  readonly table: () => ChartTable
  readonly legend?: Child
  /** A visible line under the chart. */
  readonly note?: Child
}

export interface ChartTable {
  readonly heads: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

/** The margins of a chart alone may take this many pixels, so a narrower chart cannot be drawn. */
const NARROWEST = 150

/**
 * A chart with its title, legend and note. It is drawn again for every new width. Colours are CSS variables, so a
 * change of theme needs no new drawing.
 */
export function figure({ title, description, height, draw, table, legend, note }: Chart): HTMLElement {
  const canvas = h('div', { class: 'chart-canvas', style: `min-height: ${height}px` })
  let drawn = 0
  new ResizeObserver(() => {
    const width = Math.floor(canvas.clientWidth)
    if (width < NARROWEST || width === drawn) return
    drawn = width
    const drawing = draw(width)
    drawing.setAttribute('role', 'img')
    drawing.setAttribute('aria-label', `${title}. ${description}`)
    unlabelMarks(drawing)
    canvas.replaceChildren(drawing)
  }).observe(canvas)
  return h(
    'figure',
    { class: 'chart' },
    h('figcaption', {}, h('span', { class: 'chart-title' }, title), legend),
    canvas,
    note !== undefined && h('p', { class: 'chart-note' }, note),
    asTable(title, table),
  )
}

function asTable(title: string, table: Chart['table']): HTMLElement {
  const place = h('div', {
    class: 'scroller',
    tabindex: 0,
    role: 'region',
    'aria-label': `${title}, figures`,
  })
  const details = h(
    'details',
    {
      class: 'chart-table',
      on: {
        toggle: () => {
          if (!details.open || place.childElementCount > 0) return
          const { heads, rows } = table()
          const body = rows.map(([first, ...others]) =>
            h(
              'tr',
              {},
              h('th', { scope: 'row' }, first),
              others.map((text) => h('td', {}, text)),
            ),
          )
          place.append(tableOf({ heads: heads.map((words) => head(words)), body: h('tbody', {}, body) }))
        },
      },
    },
    h('summary', {}, 'Figures as a table'),
    place,
  )
  return details
}

/**
 * Removes Plot's ARIA labels on groups of marks. Inside an image they do not help, and ARIA does not allow them. The
 * label becomes a data attribute.
 */
function unlabelMarks(drawing: Element): void {
  for (const mark of drawing.querySelectorAll<SVGElement>('[aria-label]')) {
    mark.dataset['mark'] = mark.getAttribute('aria-label')!
    mark.removeAttribute('aria-label')
  }
}
