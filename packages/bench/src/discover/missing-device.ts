/** A requested package that has no device on this machine. */
export interface MissingDevice {
  readonly kernels: string
  /** The adapter that it had earlier in this run. */
  readonly adapter?: string
  readonly reason: string
  readonly mend: string
}
