/** The rates by which Adam averages gradients and their squares. */
export interface AdamRates {
  /** Default 0.9. */
  readonly beta1?: number
  /** Default 0.999. */
  readonly beta2?: number
  /** Default 1e-8. */
  readonly epsilon?: number
}

/** An array that an optimizer moves, and its gradient, which the caller fills before each step. */
export interface Moved<Floats extends Float32Array | Float64Array> {
  readonly data: Floats
  readonly grad: Floats
  /** Weight decay. Default 0. */
  readonly decay?: number
}

/**
 * Adam (Kingma & Ba 2015) over several arrays, with weight decay decoupled from the gradient (Loshchilov & Hutter
 * 2019). Moments have the precision of the arrays.
 */
export class Adam<Floats extends Float32Array | Float64Array> {
  readonly #moved: readonly (Moved<Floats> & { readonly first: Floats; readonly second: Floats })[]
  readonly #rates: Required<AdamRates>
  /** beta1^t and beta2^t as running products. The last bit of Math.pow may differ between engines. */
  readonly #powers: Float64Array = Float64Array.of(1, 1)

  constructor({ beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 }: AdamRates, arrays: readonly Moved<Floats>[]) {
    this.#rates = { beta1, beta2, epsilon }
    const zeros = ({ data }: Moved<Floats>): Floats => data.slice().fill(0) as Floats
    this.#moved = arrays.map((one) => ({ ...one, first: zeros(one), second: zeros(one) }))
  }

  /**
   * The state of Adam between steps: the powers, all first moments, all second moments. These are the live arrays, not
   * copies.
   */
  get state(): readonly (Floats | Float64Array)[] {
    return [
      this.#powers,
      ...this.#moved.map(({ first }) => first),
      ...this.#moved.map(({ second }) => second),
    ]
  }

  /** Moves every array by one step at the given learning rate. */
  step(rate: number): void {
    const { beta1, beta2, epsilon } = this.#rates
    this.#powers[0] *= beta1
    this.#powers[1] *= beta2
    const [power1, power2] = this.#powers
    for (const { data, grad, decay = 0, first, second } of this.#moved) {
      const keep = 1 - rate * decay
      for (let i = 0; i < data.length; i++) {
        const g = grad[i]
        first[i] = beta1 * first[i] + (1 - beta1) * g
        second[i] = beta2 * second[i] + (1 - beta2) * g * g
        data[i] =
          keep * data[i] -
          (rate * (first[i] / (1 - power1))) / (Math.sqrt(second[i] / (1 - power2)) + epsilon)
      }
    }
  }
}
