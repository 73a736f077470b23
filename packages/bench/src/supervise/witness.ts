/** Running code of a kernel package. */
export interface Work {
  readonly kernels: string
  /** Absent until a device is open. */
  readonly adapter?: string
  /** The work in progress, as a clause that follows "while". */
  readonly doing: string
}

/**
 * Receives the current step of a sweep, so that the parent process can say what happened if this process ends early.
 */
export interface Witness {
  /** Says that this folder keeps every finished measurement from now on. */
  keptIn(folder: string): void
  /** Reports a package's id and the folder of its code. */
  knows(kernels: string, folder: string): void
  /**
   * Runs code of a package. If the code receives `alive`, it must call it from time to time: silence counts as a hang.
   */
  watch<T>(work: Work, run: (alive?: () => void) => Promise<T>): Promise<T>
}

/** A witness that ignores everything. */
export const UNWATCHED: Witness = {
  keptIn: () => {},
  knows: () => {},
  watch: (_, run) => run(),
}
