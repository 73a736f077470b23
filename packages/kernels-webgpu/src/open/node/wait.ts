import { setImmediate } from 'node:timers/promises'

const LONGEST_SLEEP_MS = 1

const cell = new Int32Array(new SharedArrayBuffer(4))

/**
 * Waits for work on a CPU adapter without a busy core. While a WebGPU promise is pending, Dawn's binding polls on every
 * turn of the event loop, which takes a core from the work. The thread therefore sleeps between turns, for a tenth of
 * the time waited so far, up to a millisecond. Nothing else runs on the thread meanwhile. Polling first, even for half
 * a millisecond, took longer: on two cores a product of 0.7 ms was read back after 1.6 ms, and after 1.1 ms with
 * sleeping from the start.
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
    Atomics.wait(cell, 0, 0, Math.min(LONGEST_SLEEP_MS, waited / 10))
  }
}
