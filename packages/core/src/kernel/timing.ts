/** Nanoseconds for each repetition, and the clock that measured them. */
export interface Timing {
  readonly clock: 'gpu' | 'wall'
  readonly ns: readonly number[]
}
