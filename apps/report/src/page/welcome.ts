import { h } from '../dom/element.ts'

/** The page without a run. It explains how to make a run. */
export function welcome(): HTMLElement {
  return h(
    'main',
    { id: 'content', class: 'welcome', tabindex: -1 },
    h('h1', {}, 'No run to show yet'),
    h(
      'p',
      { class: 'lead' },
      'A run measures the cost of each precision and calibration on one machine. From a clone of the repository:',
    ),
    h('pre', { tabindex: 0 }, h('code', {}, 'npx -y pnpm@12.21.0 bench')),
    h(
      'p',
      {},
      'It writes ',
      h('code', {}, 'results/<run-id>/run.json'),
      ' and a report with that run inside. To look at a run that you already have, drop its run.json on ' +
        'this page, or open it with the button above. Nothing leaves this page.',
    ),
  )
}
