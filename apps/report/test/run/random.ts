/** 21 positive times around `centre`, a few of them slow. */
export function rounds(centre: number, random: () => number): number[] {
  return Array.from(
    { length: 21 },
    () => centre * (1 + 0.02 * (random() - 0.5) + (random() < 0.08 ? 0.15 : 0)),
  )
}

/** Mulberry32, a 32-bit generator: the fixture is the same in every run. */
export function mulberry32(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}
