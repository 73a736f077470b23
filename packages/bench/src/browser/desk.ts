/** The messages and requests that a page sends to the process that it works for. */
export type Desk = {
  /** Says that the page is still working. */
  alive(): void
  /** Passes on a notice of a kernel package. */
  warn(text: string): void
  /** Names the contender that runs from now on. */
  turn(key: string): void
  /** Inspects a loaded program. The page keeps the program loaded until the answer. */
  inspect(key: string): Promise<void>
}
