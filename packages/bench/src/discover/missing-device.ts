/** A package that was asked for and has no device here. */
export interface MissingDevice {
  readonly kernels: string
  /** The adapter that it had earlier in this run. */
  readonly adapter?: string
  readonly reason: string
  readonly mend: string
}
