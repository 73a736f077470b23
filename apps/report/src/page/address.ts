import { type Place, renamed } from './renamed.ts'

type Changes = Readonly<Record<string, string | undefined>>

/**
 * The view shown and the reader's choices, kept in the URL so that what is on the screen can be shared:
 * `#cells?precision=int8`.
 */
export interface Address {
  readonly view: string
  get(name: string): string | undefined
  /** Changes choices in place; `undefined` removes one. */
  set(changes: Changes): void
  /** Moves to the view and the choices of a hash, keeping the other choices. */
  go(hash: string): void
  /** Calls back after every change, the browser's back and forward included. */
  onChange(listener: () => void): void
  /** The same address, whose listeners are dropped when the signal is aborted. */
  during(signal: AbortSignal): Address
}

/** A hash that leads to a view with some choices. */
export function hashOf(view: string, choices: Readonly<Record<string, string>> = {}): string {
  const query = new URLSearchParams(choices).toString()
  return `#${view}${query === '' ? '' : `?${query}`}`
}

/** Reads and writes `location.hash`, until the signal is aborted. */
export function openAddress(signal: AbortSignal): Address {
  const listeners = new Set<() => void>()
  let { view, choices } = parse(window.location.hash)

  const changed = (): void => {
    for (const listener of listeners) listener()
  }
  const write = (method: 'pushState' | 'replaceState'): void => {
    window.history[method](null, '', hashOf(view, Object.fromEntries(choices)))
    changed()
  }
  const change = (changes: Changes): void => {
    for (const [name, value] of Object.entries(changes)) {
      if (value === undefined || value === '') choices.delete(name)
      else choices.set(name, value)
    }
  }
  window.addEventListener(
    'hashchange',
    () => {
      ;({ view, choices } = parse(window.location.hash))
      changed()
    },
    { signal },
  )
  const during = (until: AbortSignal): Address => ({
    get view() {
      return view
    },
    get: (name) => choices.get(name) ?? undefined,
    set(changes) {
      change(changes)
      write('replaceState')
    },
    go(hash) {
      const next = parse(hash)
      view = next.view
      change(Object.fromEntries(next.choices))
      write('pushState')
    },
    onChange(listener) {
      listeners.add(listener)
      until.addEventListener('abort', () => listeners.delete(listener))
    },
    during,
  })
  return during(signal)
}

function parse(hash: string): Place {
  const [view, query] = hash.replace(/^#/, '').split('?', 2)
  return renamed({ view: view ?? '', choices: new URLSearchParams(query ?? '') })
}
