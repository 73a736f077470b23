import type { Run } from '@octet/results'
import { h } from '../dom/element.ts'
import { type Opened, fileInput } from '../load/file.ts'
import { hashOf } from './address.ts'
import type { View } from './view.ts'

interface Masthead {
  readonly runs: readonly Run[]
  readonly shown: Run | undefined
  readonly views: readonly View[]
  readonly choose: (run: Run) => void
  readonly opened: Opened
}

/** The bar at the top: the views, a choice of the run, and a control that opens other runs. */
export function masthead({ runs, shown, views, choose, opened }: Masthead): HTMLElement {
  return h(
    'header',
    { class: 'masthead' },
    h('a', { class: 'skip', href: '#content' }, 'Skip to the content'),
    h(
      'div',
      { class: 'masthead-row' },
      h('p', { class: 'wordmark' }, h('span', { class: 'steps', 'aria-hidden': 'true' }), 'Octet'),
      views.length > 0 &&
        h(
          'nav',
          { 'aria-label': 'Views' },
          h(
            'ul',
            {},
            views.map(({ id, title }) => h('li', {}, h('a', { href: hashOf(id), 'data-view': id }, title))),
          ),
        ),
      runs.length > 1 && runPicker(runs, shown, choose),
      fileInput(opened),
    ),
  )
}

/** Marks the link of the current view. */
export function markView(page: Document, view: string): void {
  for (const link of page.querySelectorAll<HTMLElement>('[data-view]')) {
    if (link.dataset['view'] === view) link.setAttribute('aria-current', 'page')
    else link.removeAttribute('aria-current')
  }
}

function runPicker(runs: readonly Run[], shown: Run | undefined, choose: (run: Run) => void): HTMLElement {
  const select = h(
    'select',
    { name: 'run', 'aria-label': 'Run', on: { change: () => choose(runs[select.selectedIndex]) } },
    runs.map((run) => h('option', { selected: run === shown }, run.run.id)),
  )
  return select
}
