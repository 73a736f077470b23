import { type Lifetime, peakOf } from './plan.ts'

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
  const peak = peakOf(lifetimes)
  let best: ArenaPlan | undefined
  for (const order of ORDERS) {
    const plan = laidOut(lifetimes, order, alignment)
    if (best === undefined || plan.bytes < best.bytes) best = plan
    // No block is smaller.
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
 * Tensors that have a place, found by the steps at which they are alive. Most live for a few steps, so that few are
 * looked at; those that live for many are looked at by each.
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

  /** Those that are alive together with a tensor. */
  beside({ first, last }: Lifetime): Placed[] {
    const found = this.#long.filter((one) => one.first <= last && first <= one.last)
    for (let step = first; step <= last; step++)
      for (const one of this.#short.get(step) ?? [])
        // Each is found once, at the first of its steps that are asked for.
        if (step === Math.max(one.first, first)) found.push(one)
    return found
  }
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
