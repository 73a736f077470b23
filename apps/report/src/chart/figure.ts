import { type Child, h } from '../dom/element.ts'
import { head, tableOf } from '../table/scroller.ts'
import './chart.css'

/** The texts of a chart beside its marks. */
export interface Chart {
  readonly title: string
  /** The text alternative: the kind of drawing, and its conclusion. */
  readonly description: string
  /** The height of what is drawn, in CSS pixels at any width: its place is kept before it is drawn. */
  readonly height: number
  /** Draws at a width in CSS pixels; called again whenever the width changes. */
  readonly draw: (width: number) => SVGElement | HTMLElement
  /** The same figures as a table, made once a reader asks for them. */
  readonly table: () => ChartTable
  readonly legend?: Child
  /** A visible line under the chart. */
  readonly note?: Child
}

export interface ChartTable {
  readonly heads: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

/** The margins of a chart alone may take as many pixels: into fewer nothing can be drawn. */
const NARROWEST = 150

/**
 * A chart with its title, legend and note, drawn again for every width. Colours are CSS variables, so a theme needs
 * no redrawing.
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

/** Plot labels groups of marks, which inside an image neither helps nor is allowed by ARIA; the label becomes data. */
function unlabelMarks(drawing: Element): void {
  for (const mark of drawing.querySelectorAll<SVGElement>('[aria-label]')) {
    mark.dataset['mark'] = mark.getAttribute('aria-label')!
    mark.removeAttribute('aria-label')
  }
}
