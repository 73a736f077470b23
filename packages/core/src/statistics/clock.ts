declare const performance: { now(): number }

/** The monotonic wall clock in nanoseconds. The runtime decides its resolution. */
export function now(): number {
  return performance.now() * 1e6
}

/** The wall nanoseconds of each of `repeats` consecutive runs. */
export async function timed(repeats: number, run: () => Promise<unknown>): Promise<number[]> {
  const ns: number[] = []
  for (let repeat = 0; repeat < repeats; repeat++) {
    const start = now()
    await run()
    ns.push(now() - start)
  }
  return ns
}
