/** One tensor's stay on one device. Steps are numbered. An input stays from -1 on, and an output to the end. */
export interface Lifetime {
  readonly bytes: number
  readonly first: number
  readonly last: number
}

/**
 * For each tensor, the index of the tensor whose storage it takes over, or -1 for its own storage. The plan is a greedy
 * best fit by liveness: in order of birth, each tensor takes the smallest free storage that is large enough. A tensor's
 * storage is free from the step after its last use, so an op never writes over its own input.
 */
export function planStorage(lifetimes: readonly Lifetime[]): number[] {
  const order = lifetimes
    .map((_, index) => index)
    .sort((a, b) => lifetimes[a].first - lifetimes[b].first || a - b)
  const reuses = lifetimes.map(() => -1)
  const storages: { owner: number; bytes: number; busyUntil: number }[] = []
  for (const index of order) {
    const { bytes, first, last } = lifetimes[index]
    const free = storages.filter((storage) => storage.busyUntil < first && storage.bytes >= bytes)
    if (free.length === 0) storages.push({ owner: index, bytes, busyUntil: last })
    else {
      const best = free.reduce((a, b) => (b.bytes < a.bytes ? b : a))
      reuses[index] = best.owner
      best.busyUntil = last
    }
  }
  return reuses
}

/** The most bytes alive at one step, found in one sweep over births and deaths. */
export function peakOf(lifetimes: readonly Lifetime[]): number {
  const changes = new Map<number, number>()
  for (const { bytes, first, last } of lifetimes) {
    changes.set(first, (changes.get(first) ?? 0) + bytes)
    changes.set(last + 1, (changes.get(last + 1) ?? 0) - bytes)
  }
  let alive = 0
  let peak = 0
  for (const [, change] of [...changes].sort(([a], [b]) => a - b)) {
    alive += change
    peak = Math.max(peak, alive)
  }
  return peak
}
