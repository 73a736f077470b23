import { CALL_WORDS, MOST_CALLS } from './words.ts'

/** A call as its words: kernel, tiles, tiles per share, constants, y, a, b, c. */
export type CallWords = readonly [number, number, number, number, number, number, number, number]

/** A list of calls in the form that threads read, with the cycles that they take on one thread. */
export class Run {
  readonly cycles: number
  /** The words of the calls, in parts with as many calls as the threads take at a time. */
  readonly parts: readonly Int32Array[]

  constructor(calls: readonly CallWords[], cycles: number) {
    this.cycles = cycles
    const parts: Int32Array[] = []
    for (let first = 0; first < calls.length; first += MOST_CALLS)
      parts.push(Int32Array.from(calls.slice(first, first + MOST_CALLS).flat()))
    this.parts = parts
  }
}

/** The number of calls in a part of a run. */
export function callsOf(part: Int32Array): number {
  return part.length / CALL_WORDS
}
