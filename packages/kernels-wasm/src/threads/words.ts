/**
 * The words that threads share, at the beginning of memory. A run is a list of calls. Each call has `CALL_WORDS` words:
 * kernel, tiles, the number of tiles that a thread takes at a time, and the step that the kernel reads (constants, y,
 * a, b, c). `NEXT` and `DONE` count its tiles.
 */
export const GENERATION = 0
/** The number of threads in a run. */
export const ACTIVE = 1
/** The number of threads that wait for a notification. */
export const SLEEPING = 2
/** The generation that threads may join, or 0 for none. */
export const OPEN = 3
export const CALLS = 4
/** Address of the first thread's working memory, and the bytes of each thread. */
export const SCRATCH = 5
export const SCRATCH_BYTES = 6
/** 1 + the number of a call whose kernel trapped. */
export const FAILED = 7

export const CALL_WORDS = 8
/** Words from a call's beginning to its step. */
export const STEP = 3
export const MOST_CALLS = 1024
/** Static data of the modules lies below this address: see assembly/build.mjs. */
const LIST_ADDRESS = 65536
export const LIST: number = LIST_ADDRESS / 4
export const NEXT: number = LIST + MOST_CALLS * CALL_WORDS
export const DONE: number = NEXT + MOST_CALLS
/** The first free address. */
export const HEAP_START: number = 4 * (DONE + MOST_CALLS)
/**
 * Runs one tile. The arguments are the address of the step, the tile, and the address of the thread's working memory.
 */
export type Kernel = (step: number, tile: number, scratch: number) => void
