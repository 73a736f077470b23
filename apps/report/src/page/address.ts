/**
 * The part of the page shown, and the reader's choices, kept in the URL so that a view can be shared:
 * `#sweep?precision=int8`.
 */
export interface Address {
  readonly section: string
  get(name: string): string | undefined
  /** Changes choices in place; `undefined` removes one. */
  set(changes: Readonly<Record<string, string | undefined>>): void
  /** Moves to a section, keeping the choices. */
  go(section: string): void
  /** Calls back after every change, the browser's back and forward included. */
  onChange(listener: () => void): void
}

/** Reads and writes `location.hash`, until the signal is aborted. */
export function openAddress(signal: AbortSignal): Address {
  const listeners: (() => void)[] = []
  let { section, choices } = parse(window.location.hash)

  const changed = (): void => {
    for (const listener of listeners) listener()
  }
  const write = (method: 'pushState' | 'replaceState'): void => {
    const query = choices.toString()
    window.history[method](null, '', `#${section}${query === '' ? '' : `?${query}`}`)
    changed()
  }
  window.addEventListener(
    'hashchange',
    () => {
      ;({ section, choices } = parse(window.location.hash))
      changed()
    },
    { signal },
  )
  return {
    get section() {
      return section
    },
    get: (name) => choices.get(name) ?? undefined,
    set(changes) {
      for (const [name, value] of Object.entries(changes)) {
        if (value === undefined || value === '') choices.delete(name)
        else choices.set(name, value)
      }
      write('replaceState')
    },
    go(next) {
      section = next
      write('pushState')
    },
    onChange(listener) {
      listeners.push(listener)
    },
  }
}

function parse(hash: string): { section: string; choices: URLSearchParams } {
  const [section, query] = hash.replace(/^#/, '').split('?', 2)
  return { section: section ?? '', choices: new URLSearchParams(query ?? '') }
}
