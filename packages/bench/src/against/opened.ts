import type { Entrant } from './protocol.ts'

/** Work that is loaded on its device. */
export interface Loaded {
  /** Warms the work up and sets how many repetitions a turn has. Returns the time of a turn, in ns. */
  fill(regionNs: number): Promise<number>
  /** One turn: the least time of its repetitions, in ns. */
  turn(): Promise<number>
  free(): Promise<void>
}

export interface OpenedEntrant extends Entrant {
  readonly load: () => Promise<Loaded>
}

/** The parts of a subject that a build can time. */
export interface Opened {
  readonly entrants: readonly OpenedEntrant[]
  readonly left: readonly string[]
}
