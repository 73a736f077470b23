import type { Run } from '@octet/results'
import { h } from '../dom/element.ts'
import { type Opened, fileInput } from '../load/file.ts'
import type { Section } from './section.ts'

interface Masthead {
  readonly runs: readonly Run[]
  readonly shown: Run | undefined
  readonly sections: readonly Section[]
  readonly choose: (run: Run) => void
  readonly opened: Opened
}

/** The bar at the top: sections, which run, and a way to open another. */
export function masthead({ runs, shown, sections, choose, opened }: Masthead): HTMLElement {
  return h(
    'header',
    { class: 'masthead' },
    h('a', { class: 'skip', href: '#content' }, 'Skip to the content'),
    h(
      'div',
      { class: 'masthead-row' },
      h('p', { class: 'wordmark' }, h('span', { class: 'steps', 'aria-hidden': 'true' }), 'Octet'),
      sections.length > 0 &&
        h(
          'nav',
          { 'aria-label': 'Sections' },
          h(
            'ul',
            {},
            sections.map(({ id, title }) => h('li', {}, h('a', { href: `#${id}` }, title))),
          ),
        ),
      runs.length > 1 && runPicker(runs, shown, choose),
      fileInput(opened),
    ),
  )
}

function runPicker(runs: readonly Run[], shown: Run | undefined, choose: (run: Run) => void): HTMLElement {
  const select = h(
    'select',
    { name: 'run', 'aria-label': 'Run', on: { change: () => choose(runs[select.selectedIndex]) } },
    runs.map((run) => h('option', { selected: run === shown }, run.run.id)),
  )
  return select
}
