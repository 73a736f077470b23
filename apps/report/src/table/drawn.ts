/** The number of rows that are drawn at once, more than a screen shows. */
const CHUNK = 60

/**
 * Draws a table's rows only as far as the reader scrolls the table or the page, so that thousands of rows cost as much
 * as one screen. For printing it draws all rows.
 */
export function drawnAsNeeded(body: HTMLElement): { show(rows: Iterator<HTMLElement>, count: number): void } {
  let rest: Iterator<HTMLElement> | undefined
  const more = (count: number): void => {
    const made: HTMLElement[] = []
    while (rest !== undefined && made.length < count) {
      const { value, done } = rest.next()
      if (done === true) rest = undefined
      else made.push(value)
    }
    body.append(...made)
  }
  const left = new AbortController()
  const { signal } = left
  const whileShown = (act: () => void) => (): void => {
    if (body.isConnected) act()
    else left.abort()
  }
  const nearEnd = (): boolean => body.getBoundingClientRect().bottom < 3 * window.innerHeight
  const scrolled = whileShown(() => {
    if (rest !== undefined && nearEnd()) more(CHUNK)
  })
  document.addEventListener('scroll', scrolled, { signal, capture: true, passive: true })
  window.addEventListener(
    'beforeprint',
    whileShown(() => more(Infinity)),
    { signal },
  )
  return {
    show(rows, count) {
      rest = rows
      body.replaceChildren()
      body.closest('table')?.setAttribute('aria-rowcount', String(count + 1))
      more(CHUNK)
    },
  }
}
