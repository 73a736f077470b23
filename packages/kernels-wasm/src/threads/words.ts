/**
 * The words that threads share, at the beginning of memory. A run is a list of calls; each call has `CALL_WORDS`
 * words: kernel, tiles, how many of them a thread takes at a time, and what the kernel reads as its step (constants,
 * y, a, b, c). `NEXT` and `DONE` count its tiles.
 */
export const GENERATION = 0
/** Threads that are within a run. */
export const ACTIVE = 1
/** Threads that wait to be notified. */
export const SLEEPING = 2
/** The generation that may be joined; 0 for none. */
export const OPEN = 3
export const CALLS = 4
/** Address of the first thread's working memory, and bytes for each. */
export const SCRATCH = 5
export const SCRATCH_BYTES = 6
/** 1 + the number of a call whose kernel trapped. */
export const FAILED = 7

export const CALL_WORDS = 8
/** Words from a call's beginning to its step. */
export const STEP = 3
export const MOST_CALLS = 1024
/** Static data of the modules lies below: see assembly/build.mjs. */
const LIST_ADDRESS = 65536
export const LIST: number = LIST_ADDRESS / 4
export const NEXT: number = LIST + MOST_CALLS * CALL_WORDS
export const DONE: number = NEXT + MOST_CALLS
/** The first address that is not taken. */
export const HEAP_START: number = 4 * (DONE + MOST_CALLS)
/** Runs one tile: address of the step, the tile, address of the thread's working memory. */
export type Kernel = (step: number, tile: number, scratch: number) => void
