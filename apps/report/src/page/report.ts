import type { Run } from '@octet/results'
import { cellDetails } from '../cell/details.ts'
import { h } from '../dom/element.ts'
import { acceptDrops } from '../load/file.ts'
import { openAddress } from './address.ts'
import { masthead } from './masthead.ts'
import { showViews } from './show.ts'
import { VIEWS } from './views.ts'
import { welcome } from './welcome.ts'

/**
 * Shows the run that the address names, or the first run, and any run that the reader opens later. Faults appear at the
 * top.
 */
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
    const views = run === undefined ? [] : VIEWS.filter(({ applies }) => applies(run))
    const main = run === undefined ? welcome() : h('main', { id: 'content', tabindex: -1 })
    page.title = run === undefined ? 'Octet report' : `${run.run.id} · Octet report`
    page.body.replaceChildren(
      masthead({ runs, shown: run, views, choose, opened }),
      alert,
      main,
      ...(run === undefined ? [] : [cellDetails(run, address)]),
    )
    if (run === undefined) return
    address.onChange(() => {
      const named = runs.find(({ run }) => run.id === address.get('run'))
      if (named !== undefined && named !== run) show(named)
    })
    showViews({ page, main, views, shown: { run, runs, address }, signal: leave.signal })
  }
  const choose = (run: Run): void => {
    openAddress(AbortSignal.abort()).set({ run: runs.length > 1 ? run.run.id : undefined, cell: undefined })
    show(run)
  }
  const opened = {
    runs(found: readonly Run[]): void {
      const own = [...new Map(found.map((run) => [run.run.id, run])).values()]
      const ids = new Set(own.map(({ run }) => run.id))
      const twice = [...ids].filter((id) => found.filter(({ run }) => run.id === id).length > 1)
      report(twice.map((id) => `Several of the files are run ${id}: the last of them is shown.`))
      runs = [...runs.filter(({ run }) => !ids.has(run.id)), ...own]
      choose(found.at(-1)!)
      page.defaultView?.scrollTo(0, 0)
    },
    faults: report,
  }
  report(faults)
  acceptDrops(page, opened)
  const named = openAddress(AbortSignal.abort()).get('run')
  show(runs.find(({ run }) => run.id === named) ?? runs[0])
}
