import type { Run } from '@octet/results'
import { cellDetails } from '../cell/details.ts'
import { h } from '../dom/element.ts'
import { environment } from '../environment/environment.ts'
import { kernels } from '../kernels/kernels.ts'
import { layers } from '../layers/layers.ts'
import { acceptDrops } from '../load/file.ts'
import { overview } from '../overview/overview.ts'
import { headline } from '../overview/headline.ts'
import { sweep } from '../sweep/sweep.ts'
import { training } from '../training/training.ts'
import { type Address, openAddress } from './address.ts'
import { masthead } from './masthead.ts'
import type { Section } from './section.ts'
import { welcome } from './welcome.ts'

const SECTIONS: readonly Section[] = [overview, sweep, training, layers, kernels, environment]

/** Shows the run that the address names, or the first, and any run opened later; faults are shown on top. */
export function showReport(page: Document, embedded: readonly Run[], faults: readonly string[]): void {
  let runs = embedded
  let leave = new AbortController()
  const alert = h('div', { class: 'alert', role: 'alert' })
  const report = (lines: readonly string[]): void =>
    alert.replaceChildren(...lines.map((line) => h('p', {}, line)))

  const show = (run: Run | undefined): void => {
    leave.abort()
    leave = new AbortController()
    const address = openAddress(leave.signal)
    const sections = run === undefined ? [] : SECTIONS.filter(({ applies }) => applies(run))
    page.title = run === undefined ? 'Octet report' : `${run.run.id} · Octet report`
    page.body.replaceChildren(
      masthead({ runs, shown: run, sections, choose, opened }),
      alert,
      ...(run === undefined ? [welcome()] : [content(run, sections, address), cellDetails(run, address)]),
    )
    address.onChange(() => {
      const named = runs.find(({ run }) => run.id === address.get('run'))
      if (named !== undefined && named !== run) show(named)
    })
    followLinks(page, address, leave.signal)
  }
  const choose = (run: Run): void => {
    openAddress(AbortSignal.abort()).set({ run: runs.length > 1 ? run.run.id : undefined, cell: undefined })
    show(run)
  }
  const opened = {
    run(run: Run): void {
      report([])
      runs = [...runs.filter((other) => other.run.id !== run.run.id), run]
      choose(run)
      page.defaultView?.scrollTo(0, 0)
    },
    fault: (line: string) => report([line]),
  }
  report(faults)
  acceptDrops(page, opened)
  const named = openAddress(AbortSignal.abort()).get('run')
  show(runs.find(({ run }) => run.id === named) ?? runs[0])
}

function content(run: Run, sections: readonly Section[], address: Address): HTMLElement {
  return h(
    'main',
    { id: 'content', tabindex: -1 },
    headline(run),
    sections.map(({ id, title, render }) =>
      h(
        'section',
        { id, tabindex: -1, 'aria-labelledby': `${id}-title` },
        h('h2', { id: `${id}-title` }, title),
        render(run, address),
      ),
    ),
  )
}

/** Links inside the page keep the reader's choices, and move the focus as well as the view. */
function followLinks(page: Document, address: Address, signal: AbortSignal): void {
  const arrive = (): void => {
    const target = page.getElementById(address.section)
    target?.focus({ preventScroll: true })
    target?.scrollIntoView()
  }
  page.addEventListener(
    'click',
    (event) => {
      const link = event.target instanceof Element ? event.target.closest('a[href^="#"]') : null
      if (link === null) return
      event.preventDefault()
      address.go(link.getAttribute('href')!.slice(1))
      arrive()
    },
    { signal },
  )
  if (address.section !== '') page.defaultView?.requestAnimationFrame(arrive)
}
