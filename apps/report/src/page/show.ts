import { h } from '../dom/element.ts'
import { placeOf } from './address.ts'
import { markView } from './masthead.ts'
import { LANDING, type Shown, type View } from './view.ts'

interface Stage {
  readonly page: Document
  readonly main: HTMLElement
  /** The views that apply to the run, at least one. */
  readonly views: readonly View[]
  readonly shown: Shown
  readonly signal: AbortSignal
}

/**
 * Shows in `main` the view that the address names, or the first view, until the signal is aborted. When a view opens,
 * it gets the focus, and the page scrolls to the target of the address.
 */
export function showViews({ page, main, views, shown, signal }: Stage): void {
  const { address } = shown
  let current: View | undefined
  let left = new AbortController()
  signal.addEventListener('abort', () => left.abort())
  const update = (): void => {
    const named = views.find(({ id }) => id === address.view)
    const view = named ?? views[0]
    if (view === current) return
    current = view
    left.abort()
    left = new AbortController()
    main.replaceChildren(
      ...(named === undefined && address.view !== '' && address.view !== main.id
        ? [h('p', { class: 'wrong', role: 'status' }, `This run has no view “${address.view}”.`)]
        : []),
      sectionOf(view, { ...shown, address: address.during(left.signal) }),
    )
    markView(page, view.id)
  }
  address.onChange(update)
  update()
  followLinks({ page, main, views, shown, signal })
  page.defaultView?.addEventListener('hashchange', () => arrive(main), { signal })
  if (address.view === '') return
  page.defaultView?.requestAnimationFrame(() => {
    // If the reader moved the focus before the first frame, it stays there.
    if (page.activeElement === page.body) arrive(main)
  })
}

function sectionOf(view: View, shown: Shown): HTMLElement {
  const { id, title, headed = false, render } = view
  const head = `${id}-title`
  return h(
    'section',
    { id, class: 'view', tabindex: -1, 'aria-labelledby': head },
    !headed && [h('h1', { class: 'hidden' }, shown.run.run.id), h('h2', { id: head }, title)],
    render(shown),
  )
}

/** Charts keep their height before they are drawn, so that content below them does not move. */
function arrive(main: HTMLElement): void {
  const view = main.querySelector<HTMLElement>('.view')
  const landing = main.querySelector<HTMLElement>(`[${LANDING}]`)
  ;(landing ?? view)?.focus({ preventScroll: true })
  if (landing === null) window.scrollTo({ top: 0, behavior: 'instant' })
  else landing.scrollIntoView({ behavior: 'instant' })
}

/** Makes links inside the page keep the reader's choices, and move the focus together with the view. */
function followLinks({ page, main, views, shown: { address }, signal }: Stage): void {
  page.addEventListener(
    'click',
    (event) => {
      const link = event.target instanceof Element ? event.target.closest('a[href^="#"]') : null
      if (link === null || event.ctrlKey || event.metaKey || event.shiftKey) return
      event.preventDefault()
      const hash = link.getAttribute('href')!
      if (hash === `#${main.id}`) main.focus()
      else {
        const to = placeOf(hash).view
        address.go(hash, views.find(({ id }) => id === to)?.filters ?? [])
        arrive(main)
      }
    },
    { signal },
  )
}
