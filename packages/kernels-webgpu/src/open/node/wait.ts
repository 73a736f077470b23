import { setImmediate } from 'node:timers/promises'

const SPIN_MS = 0.5
const LONGEST_SLEEP_MS = 1

const cell = new Int32Array(new SharedArrayBuffer(4))

/**
 * Waits for work on a device without a busy core. While a WebGPU promise is pending Dawn's binding polls on every turn
 * of the event loop, which on a CPU adapter takes a core from the work itself; so the thread sleeps between turns, for a
 * tenth of the time waited so far, up to a millisecond. Nothing else runs on the thread meanwhile.
 */
export async function waitQuietly<T>(done: Promise<T>): Promise<T> {
  let settled = false
  const settle = () => {
    settled = true
  }
  done.then(settle, settle)
  const start = performance.now()
  for (;;) {
    await setImmediate()
    if (settled) return done
    const waited = performance.now() - start
    if (waited > SPIN_MS) Atomics.wait(cell, 0, 0, Math.min(LONGEST_SLEEP_MS, waited / 10))
  }
}
