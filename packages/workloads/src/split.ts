import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'

/** The rows 0..count-1. */
export function allRows(count: number): Int32Array {
  return Int32Array.from({ length: count }, (_, row) => row)
}

/** The rows in random order: Fisher-Yates with xoroshiro128+. The same seed gives the same order on every machine. */
export function shuffled(rows: Int32Array, seed: number): Int32Array {
  const generator = xoroshiro128plus(seed)
  const order = rows.slice()
  for (let last = order.length - 1; last > 0; last--) {
    const other = uniformInt(generator, 0, last)
    const moved = order[last]
    order[last] = order[other]
    order[other] = moved
  }
  return order
}

/**
 * Splits all rows into two parts at random. The first part has `count` rows, with every class in proportion to its size
 * (largest remainder; of equal remainders, the lower label is first). Both parts are shuffled.
 */
export function stratify(y: Int32Array, count: number, seed: number): readonly [Int32Array, Int32Array] {
  const order = shuffled(allRows(y.length), seed)
  const quota = quotas(y, count)
  const [first, rest]: [number[], number[]] = [[], []]
  for (const row of order) {
    const left = quota.get(y[row])!
    quota.set(y[row], left - 1)
    if (left > 0) first.push(row)
    else rest.push(row)
  }
  // Quotas fill up at different moments, which leaves runs of one class at the end.
  return [shuffled(Int32Array.from(first), seed), shuffled(Int32Array.from(rest), seed)]
}

/** The number of rows of each label among `count` rows. */
function quotas(y: Int32Array, count: number): Map<number, number> {
  const sizes = new Map<number, number>()
  for (const label of y) sizes.set(label, (sizes.get(label) ?? 0) + 1)
  const shares = [...sizes]
    .map(([label, size]) => ({
      label,
      whole: Math.floor((size * count) / y.length),
      remainder: (size * count) % y.length,
    }))
    .sort((a, b) => b.remainder - a.remainder || a.label - b.label)
  const missing = count - shares.reduce((sum, share) => sum + share.whole, 0)
  return new Map(shares.map(({ label, whole }, i) => [label, whole + (i < missing ? 1 : 0)]))
}
