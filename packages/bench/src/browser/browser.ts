/** A browser that opens pages for this process. */
export interface Browser {
  /** Name and version, e.g. `chromium 147.0.7727.15`. */
  readonly name: string
  /** Opens a page; returns how to close it. @throws Error where the browser does not. */
  open(url: string): Promise<() => Promise<void>>
  close(): Promise<void>
}
