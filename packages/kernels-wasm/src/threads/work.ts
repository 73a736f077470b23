import {
  CALL_WORDS,
  CALLS,
  DONE,
  FAILED,
  type Kernel,
  LIST,
  NEXT,
  SCRATCH,
  SCRATCH_BYTES,
  STEP,
} from './words.ts'

/**
 * One thread's part in a run. It takes tiles of each call as long as there are any, and goes on to the next call when
 * all tiles are done. A late thread finds no tiles, so no thread waits for another that does not start.
 */
export function takeTiles(words: Int32Array, kernels: readonly Kernel[], thread: number): void {
  const scratch = words[SCRATCH] + thread * words[SCRATCH_BYTES]
  const calls = words[CALLS]
  for (let call = 0; call < calls; call++) {
    const at = LIST + call * CALL_WORDS
    const kernel = kernels[words[at]]
    const tiles = words[at + 1]
    const share = words[at + 2]
    const step = 4 * (at + STEP)
    for (let first; (first = Atomics.add(words, NEXT + call, share)) < tiles;) {
      const end = Math.min(first + share, tiles)
      try {
        for (let tile = first; tile < end; tile++) kernel(step, tile, scratch)
      } catch {
        Atomics.store(words, FAILED, 1 + call)
      }
      Atomics.add(words, DONE + call, end - first)
    }
    while (Atomics.load(words, DONE + call) < tiles);
  }
}

/** A run on one thread, tile by tile. */
export function runAlone(words: Int32Array, kernels: readonly Kernel[]): void {
  const scratch = words[SCRATCH]
  const calls = words[CALLS]
  for (let call = 0, at = LIST; call < calls; call++, at += CALL_WORDS) {
    const kernel = kernels[words[at]]
    const tiles = words[at + 1]
    const step = 4 * (at + STEP)
    for (let tile = 0; tile < tiles; tile++) kernel(step, tile, scratch)
  }
}
