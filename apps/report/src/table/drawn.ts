/** The number of rows that are drawn at once, more than a screen shows. */
const CHUNK = 60

/**
 * Draws a table's rows only as far as the reader scrolls the table or the page, so that thousands of rows cost as much
 * as one screen. For printing it draws all rows.
 */
export function drawnAsNeeded(body: HTMLElement): { show(rows: Iterator<HTMLElement>, count: number): void } {
  let rest: Iterator<HTMLElement> | undefined
  /** Draws further rows; says whether any are left. */
  const more = (count: number): boolean => {
    const made: HTMLElement[] = []
    while (rest !== undefined && made.length < count) {
      const { value, done } = rest.next()
      if (done === true) rest = undefined
      else made.push(value)
    }
    body.append(...made)
    return rest !== undefined
  }
  const left = new AbortController()
  const { signal } = left
  const whileShown = (act: () => void) => (): void => {
    if (body.isConnected) act()
    else left.abort()
  }
  const endsWithin = (screens: number): boolean => {
    const { height, bottom } = body.getBoundingClientRect()
    return height > 0 && bottom < screens * window.innerHeight
  }
  const scrolled = whileShown(() => {
    if (rest !== undefined && endsWithin(3)) more(CHUNK)
  })
  // A screen that holds more rows than were drawn cannot be scrolled.
  const fill = (): void => {
    let hasMore = rest !== undefined
    while (hasMore && endsWithin(1)) hasMore = more(CHUNK)
  }
  document.addEventListener('scroll', scrolled, { signal, capture: true, passive: true })
  window.addEventListener('resize', whileShown(fill), { signal, passive: true })
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
      requestAnimationFrame(fill)
    },
  }
}
