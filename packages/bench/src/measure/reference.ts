import { type Contender, median, now } from '@octet/core/statistics'

/** The side of the matrices to multiply. They fit in every first-level cache. */
const SIDE = 32
/** Products in one turn: about a millisecond. */
const PRODUCTS = 24
/** Turns before the first turn that counts. After them, engines have compiled the loops. */
const WARM_UP = 12

/**
 * A fixed piece of work that brackets the rounds of the contenders: matrix products in JavaScript on this thread. It
 * never changes and uses no kernel package, so its time shows only how fast the machine was. If this work changes, a
 * history of runs can no longer be compared.
 */
export class Reference implements Contender {
  readonly #ns: number[] = []
  readonly #a = Float32Array.from({ length: SIDE * SIDE }, (_, i) => (i % 7) - 3)
  readonly #b = Float32Array.from({ length: SIDE * SIDE }, (_, i) => (i % 5) - 2)
  readonly #c = new Float32Array(SIDE * SIDE)

  fill(): Promise<number> {
    const turns = Array.from({ length: WARM_UP }, () => this.#turn())
    return Promise.resolve(median(turns.slice(WARM_UP / 2)))
  }

  run(): Promise<void> {
    this.#ns.push(this.#turn())
    return Promise.resolve()
  }

  /** The median of the rounds in ns, and the median of their last third over that of their first third. */
  result(): { readonly ns: number; readonly drift: number } {
    const third = Math.max(1, Math.floor(this.#ns.length / 3))
    return { ns: median(this.#ns), drift: median(this.#ns.slice(-third)) / median(this.#ns.slice(0, third)) }
  }

  #turn(): number {
    const start = now()
    for (let product = 0; product < PRODUCTS; product++) multiply(this.#a, this.#b, this.#c)
    return Math.max(1, now() - start)
  }
}

function multiply(a: Float32Array, b: Float32Array, c: Float32Array): void {
  for (let row = 0; row < SIDE; row++)
    for (let column = 0; column < SIDE; column++) {
      let sum = 0
      for (let k = 0; k < SIDE; k++) sum += a[row * SIDE + k] * b[k * SIDE + column]
      c[row * SIDE + column] = sum
    }
}
