import type { Entrant } from './protocol.ts'

/** Work that is loaded on its device. */
export interface Loaded {
  /** Warms it up and settles how much one turn does; returns what a turn takes, in ns. */
  fill(regionNs: number): Promise<number>
  /** One turn: the least time of its repetitions, in ns. */
  turn(): Promise<number>
  free(): Promise<void>
}

export interface OpenedEntrant extends Entrant {
  readonly load: () => Promise<Loaded>
}

/** What a build has of what it was asked for. */
export interface Opened {
  readonly entrants: readonly OpenedEntrant[]
  readonly left: readonly string[]
}
