import { type Child, h } from '../dom/element.ts'
import './chart.css'

/** What a chart needs to say beside its marks. */
export interface Chart {
  readonly title: string
  /** The text alternative: what is drawn, and what it shows. */
  readonly description: string
  /** Draws at a width in CSS pixels; called again whenever the width changes. */
  readonly draw: (width: number) => SVGElement | HTMLElement
  readonly legend?: Child
  /** A visible line under the chart. */
  readonly note?: Child
}

/**
 * A chart with its title, legend and note, drawn again for every width. Colours are CSS variables, so a theme needs
 * no redrawing.
 */
export function figure({ title, description, draw, legend, note }: Chart): HTMLElement {
  const canvas = h('div', { class: 'chart-canvas' })
  let drawn = 0
  new ResizeObserver(() => {
    const width = Math.floor(canvas.clientWidth)
    if (width === 0 || width === drawn) return
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
  )
}

/** Plot labels groups of marks, which inside an image neither helps nor is allowed by ARIA; the label becomes data. */
function unlabelMarks(drawing: Element): void {
  for (const mark of drawing.querySelectorAll<SVGElement>('[aria-label]')) {
    mark.dataset['mark'] = mark.getAttribute('aria-label')!
    mark.removeAttribute('aria-label')
  }
}
