import { type Lifetime, peakOf } from './plan.ts'

/** The place of each tensor in one block of memory. */
export interface ArenaPlan {
  /** The offset of each tensor from the start of the block, in bytes. Offsets are multiples of the alignment. */
  readonly offsets: readonly number[]
  /** The size of the block. */
  readonly bytes: number
}

/** A tensor's lifetime and its offset in the block. */
interface Placed extends Lifetime {
  readonly offset: number
}

/** The orders in which tensors get storage. The first tensor has a free choice. */
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
 * Lays tensors out in one block, so that no two tensors overlap while both are alive. The plan is greedy: the largest
 * tensor comes first, and each tensor gets the lowest place that is free for its whole life (Pisarchyk and Lee,
 * Efficient Memory Management for Deep Neural Net Inference, 2020, "greedy by size for offset calculation", as in
 * TFLite). It also tries other orders and takes the smallest block.
 */
export function planArena(lifetimes: readonly Lifetime[], alignment: number): ArenaPlan {
  const peak = peakOf(lifetimes)
  let best: ArenaPlan | undefined
  for (const order of ORDERS) {
    const plan = laidOut(lifetimes, order, alignment)
    if (best === undefined || plan.bytes < best.bytes) best = plan
    // No block can be smaller.
    if (best.bytes <= peak) break
  }
  return best!
}

function laidOut(
  lifetimes: readonly Lifetime[],
  order: (a: Lifetime, b: Lifetime) => number,
  alignment: number,
): ArenaPlan {
  const offsets = lifetimes.map(() => 0)
  const placed = new PlacedBySteps(lifetimes)
  let end = 0
  for (const index of lifetimes.map((_, i) => i).sort((a, b) => order(lifetimes[a], lifetimes[b]) || a - b)) {
    const life = lifetimes[index]
    const offset = lowestFree(life.bytes, placed.beside(life), alignment)
    placed.add({ ...life, offset })
    offsets[index] = offset
    end = Math.max(end, offset + life.bytes)
  }
  return { offsets, bytes: end }
}

/**
 * Placed tensors, indexed by the steps at which they are alive. Most tensors live for a few steps, so a search visits
 * few. Every search visits the tensors that live for many steps.
 */
class PlacedBySteps {
  readonly #long: Placed[] = []
  readonly #short = new Map<number, Placed[]>()
  readonly #most: number

  constructor(lifetimes: readonly Lifetime[]) {
    this.#most = Math.ceil(Math.sqrt(lifetimes.length))
  }

  add(one: Placed): void {
    if (stay(one) > this.#most) this.#long.push(one)
    else
      for (let step = one.first; step <= one.last; step++) {
        const there = this.#short.get(step)
        if (there === undefined) this.#short.set(step, [one])
        else there.push(one)
      }
  }

  /** The placed tensors that are alive together with a tensor. */
  beside({ first, last }: Lifetime): Placed[] {
    const found = this.#long.filter((one) => one.first <= last && first <= one.last)
    for (let step = first; step <= last; step++)
      for (const one of this.#short.get(step) ?? [])
        // Each tensor is found once, at its first step within the search.
        if (step === Math.max(one.first, first)) found.push(one)
    return found
  }
}

/** The lowest aligned offset at which `bytes` bytes are free of the given tensors. */
function lowestFree(bytes: number, taken: readonly Placed[], alignment: number): number {
  let offset = 0
  for (const other of taken.toSorted((a, b) => a.offset - b.offset)) {
    if (other.offset >= offset + bytes) return offset
    offset = Math.max(offset, Math.ceil((other.offset + other.bytes) / alignment) * alignment)
  }
  return offset
}
