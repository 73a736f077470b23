declare const performance: { now(): number }

/** Monotonic wall clock in nanoseconds; its resolution is the runtime's. */
export function now(): number {
  return performance.now() * 1e6
}
