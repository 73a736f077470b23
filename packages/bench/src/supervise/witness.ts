/** Code of a kernel package that runs. */
export interface Work {
  readonly kernels: string
  /** Left out while no device is open yet. */
  readonly adapter?: string
  /** The work in progress, in words that follow "while". */
  readonly doing: string
}

/** Hears where a sweep is, so that the parent process can say what happened if this process ends early. */
export interface Witness {
  /** From now on, the folder keeps every finished measurement. */
  keptIn(folder: string): void
  /** A package's id and the folder of its code. */
  knows(kernels: string, folder: string): void
  /** Runs code of a package. It must call `alive` now and then, where it is given: silence is taken for a hang. */
  watch<T>(work: Work, run: (alive?: () => void) => Promise<T>): Promise<T>
}

/** A witness that ignores everything. */
export const UNWATCHED: Witness = {
  keptIn: () => {},
  knows: () => {},
  watch: (_, run) => run(),
}
