/**
 * A seeded stream of pseudo-random numbers: sfc32 (C. Doty-Humphrey, PractRand). splitmix32 fills its 128-bit state
 * from the seed and the stream. It uses integer arithmetic only, so a seed gives the same numbers everywhere.
 */
export class Random {
  #a: number
  #b: number
  #c: number
  #counter = 1

  /** @param stream selects an independent stream of the seed (weights, the order of one epoch, ...). */
  constructor(seed: number, stream = 0) {
    let state = (Math.imul(stream, 0x85ebca6b) ^ seed) | 0
    const splitmix = (): number => {
      state = (state + 0x9e3779b9) | 0
      let z = state
      z = Math.imul(z ^ (z >>> 16), 0x21f0aaad)
      z = Math.imul(z ^ (z >>> 15), 0x735a2d97)
      return (z ^ (z >>> 15)) | 0
    }
    this.#a = splitmix()
    this.#b = splitmix()
    this.#c = splitmix()
    // sfc32 needs 12 rounds until its output is independent of the seed.
    for (let round = 0; round < 12; round++) this.uint32()
  }

  /** The next integer in [0, 2^32). */
  uint32(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0
    this.#counter = (this.#counter + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0
    return sum >>> 0
  }

  /** The next number in [0, 1), a multiple of 2^-32. */
  uniform(): number {
    return this.uint32() / 0x1_0000_0000
  }

  /**
   * The next number of a normal distribution with mean 0 and deviation 1 (Box and Muller, 1958). It comes from two
   * uniform numbers, whose logarithm and cosine may differ in the last bits between engines.
   */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.uniform())) * Math.cos(2 * Math.PI * this.uniform())
  }

  /** The next integer in [0, bound), without modulo bias. `bound` is at most 2^32. */
  below(bound: number): number {
    const limit = 0x1_0000_0000 - (0x1_0000_0000 % bound)
    let value = this.uint32()
    while (value >= limit) value = this.uint32()
    return value % bound
  }

  /** Puts `items` in a random order, in place (Fisher-Yates). */
  shuffle(items: Int32Array): void {
    for (let last = items.length - 1; last > 0; last--) {
      const pick = this.below(last + 1)
      const item = items[last]
      items[last] = items[pick]
      items[pick] = item
    }
  }
}
