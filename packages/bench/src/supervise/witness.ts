/** Code of a kernel package that runs. */
export interface Work {
  readonly kernels: string
  /** Left out while no device is open yet. */
  readonly adapter?: string
  /** What it does, to be read after "while". */
  readonly doing: string
}

/** Hears where a sweep is, so that the parent process can say what happened if this process ends early. */
export interface Witness {
  /** What is measured is kept in that folder from here on. */
  keptIn(folder: string): void
  /** A package's id and the folder of its code. */
  knows(kernels: string, folder: string): void
  /** Runs code of a package. It must call `alive` now and then, where it is given: silence is taken for a hang. */
  watch<T>(work: Work, run: (alive?: () => void) => Promise<T>): Promise<T>
}

/** Nobody. */
export const UNWATCHED: Witness = {
  keptIn: () => {},
  knows: () => {},
  watch: (_, run) => run(),
}
