declare const performance: { now(): number }

/** Monotonic wall clock in nanoseconds; its resolution is the runtime's. */
export function now(): number {
  return performance.now() * 1e6
}

/** Wall nanoseconds of each of `repeats` runs, one after the other. */
export async function timed(repeats: number, run: () => Promise<unknown>): Promise<number[]> {
  const ns: number[] = []
  for (let repeat = 0; repeat < repeats; repeat++) {
    const start = now()
    await run()
    ns.push(now() - start)
  }
  return ns
}
