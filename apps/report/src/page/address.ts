import { type Place, renamed } from './renamed.ts'

type Changes = Readonly<Record<string, string | undefined>>

/**
 * The current view and the reader's choices. The URL stores them, so that readers can share what they see:
 * `#cells?precision=int8`.
 */
export interface Address {
  readonly view: string
  get(name: string): string | undefined
  /**
   * Changes choices in place. `undefined` removes a choice. A tensor belongs to one workload, so a change of workload
   * removes it.
   */
  set(changes: Changes): void
  /**
   * Moves to the view and the choices of a hash, and keeps the other choices. If the hash sets a choice of `together`,
   * the other choices of `together` that it does not name are removed.
   */
  go(hash: string, together: readonly string[]): void
  /** Calls the listener after every change, including the browser's back and forward. */
  onChange(listener: () => void): void
  /** The same address with listeners that last until this signal, or that of the address itself, is aborted. */
  during(signal: AbortSignal): Address
}

/** A hash that leads to a view with the given choices. */
export function hashOf(view: string, choices: Readonly<Record<string, string>> = {}): string {
  const query = new URLSearchParams(choices).toString()
  return `#${view}${query === '' ? '' : `?${query}`}`
}

/** Reads and writes `location.hash`, until the signal is aborted. */
export function openAddress(signal: AbortSignal): Address {
  const listeners = new Set<() => void>()
  let { view, choices } = placeOf(window.location.hash)

  const changed = (): void => {
    for (const listener of listeners) listener()
  }
  const write = (method: 'pushState' | 'replaceState'): void => {
    window.history[method](null, '', hashOf(view, Object.fromEntries(choices)))
    changed()
  }
  const change = (changes: Changes): void => {
    const leaves = 'workload' in changes && (changes['workload'] || null) !== choices.get('workload')
    for (const [name, value] of Object.entries(leaves ? { tensor: undefined, ...changes } : changes)) {
      if (value === undefined || value === '') choices.delete(name)
      else choices.set(name, value)
    }
  }
  window.addEventListener(
    'hashchange',
    () => {
      ;({ view, choices } = placeOf(window.location.hash))
      changed()
    },
    { signal },
  )
  const during = (until: readonly AbortSignal[]): Address => ({
    get view() {
      return view
    },
    get: (name) => choices.get(name) ?? undefined,
    set(changes) {
      change(changes)
      write('replaceState')
    },
    go(hash, together) {
      const next = placeOf(hash)
      view = next.view
      const cleared = together.some((name) => next.choices.has(name)) ? together : []
      change({
        ...Object.fromEntries(cleared.map((name) => [name, undefined])),
        ...Object.fromEntries(next.choices),
      })
      write('pushState')
    },
    onChange(listener) {
      listeners.add(listener)
      for (const one of until) one.addEventListener('abort', () => listeners.delete(listener))
    },
    during: (one) => during([...until, one]),
  })
  return during([signal])
}

/** The place that a hash leads to. */
export function placeOf(hash: string): Place {
  const [view, query] = hash.replace(/^#/, '').split('?', 2)
  return renamed({ view: view ?? '', choices: new URLSearchParams(query ?? '') })
}
