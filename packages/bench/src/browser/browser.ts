/** A browser that opens pages for this process. */
export interface Browser {
  /** Name and version, e.g. `chromium 147.0.7727.15`. */
  readonly name: string
  /** Opens a page. Returns a function that closes it. @throws Error if the browser does not open the page. */
  open(url: string): Promise<() => Promise<void>>
  close(): Promise<void>
}
