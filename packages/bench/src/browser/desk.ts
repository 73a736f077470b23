/** What a page tells and asks the process that it works for. */
export type Desk = {
  /** The page is at work. */
  alive(): void
  /** A kernel package's notice. */
  warn(text: string): void
  /** The contender that is at work from now on. */
  turn(key: string): void
  /** Looks into a loaded program; until then the page keeps it loaded. */
  inspect(key: string): Promise<void>
}
