import type { Lifetime } from './plan.ts'

/** Where each tensor lies in one block of memory. */
export interface ArenaPlan {
  /** Bytes from the beginning, one for each tensor, multiples of the alignment. */
  readonly offsets: readonly number[]
  /** Size of the block. */
  readonly bytes: number
}

/** A tensor's place: its lifetime, from where and to before where. */
interface Placed extends Lifetime {
  readonly offset: number
}

/** The order in which tensors get storage. The first tensor has the free choice. */
const ORDERS: readonly ((a: Lifetime, b: Lifetime) => number)[] = [
  (a, b) => b.bytes - a.bytes,
  (a, b) => b.bytes * stay(b) - a.bytes * stay(a),
  (a, b) => stay(b) - stay(a) || b.bytes - a.bytes,
  (a, b) => a.first - b.first || b.bytes - a.bytes,
]

function stay({ first, last }: Lifetime): number {
  return last - first + 1
}

/**
 * Lays tensors out in one block, so that no two lie over each other while both are alive. Greedy: the largest first,
 * each at the lowest place that is free as long as it lives (Pisarchyk and Lee, Efficient Memory Management for Deep
 * Neural Net Inference, 2020, "greedy by size for offset calculation", as TFLite has it). Other orders are tried too,
 * and the smallest block is taken.
 */
export function planArena(lifetimes: readonly Lifetime[], alignment: number): ArenaPlan {
  const plans = ORDERS.map((order) => laidOut(lifetimes, order, alignment))
  return plans.reduce((a, b) => (b.bytes < a.bytes ? b : a))
}

function laidOut(
  lifetimes: readonly Lifetime[],
  order: (a: Lifetime, b: Lifetime) => number,
  alignment: number,
): ArenaPlan {
  const indices = lifetimes.map((_, index) => index)
  const offsets = lifetimes.map(() => 0)
  const placed: Placed[] = []
  for (const index of indices.toSorted((a, b) => order(lifetimes[a], lifetimes[b]) || a - b)) {
    const life = lifetimes[index]
    const beside = placed.filter(({ first, last }) => first <= life.last && life.first <= last)
    offsets[index] = lowestFree(life.bytes, beside, alignment)
    placed.push({ ...life, offset: offsets[index] })
  }
  return { offsets, bytes: Math.max(0, ...placed.map(({ offset, bytes }) => offset + bytes)) }
}

/** The lowest aligned offset from which so many bytes are free of the tensors given. */
function lowestFree(bytes: number, taken: readonly Placed[], alignment: number): number {
  let offset = 0
  for (const other of taken.toSorted((a, b) => a.offset - b.offset)) {
    if (other.offset >= offset + bytes) return offset
    offset = Math.max(offset, Math.ceil((other.offset + other.bytes) / alignment) * alignment)
  }
  return offset
}
