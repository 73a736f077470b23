import type { Parameter } from './network.ts'

/** Momentum SGD, v = momentum * v + g + weightDecay * w; w -= rate * v. */
export interface SgdOptions {
  readonly kind: 'sgd'
  readonly learningRate: number
  readonly momentum?: number
  /** L2 penalty on matrices and filters; biases and BatchNormalization are left alone. */
  readonly weightDecay?: number
}

/** Adam (Kingma & Ba 2015) with weight decay decoupled from the gradient (Loshchilov & Hutter 2019). */
export interface AdamOptions {
  readonly kind: 'adam'
  readonly learningRate: number
  readonly beta1?: number
  readonly beta2?: number
  readonly epsilon?: number
  readonly weightDecay?: number
}

export type OptimizerOptions = SgdOptions | AdamOptions

/** Moves parameters along their gradients, with a memory of its own. */
export interface Optimizer {
  /** Moves every parameter one step at the given learning rate. */
  step(learningRate: number): void
  /** What it remembers between steps. Live, not copies. */
  readonly state: readonly (Float32Array | Float64Array)[]
}

/** An optimizer with its own state for these parameters. */
export function optimizerOf(options: OptimizerOptions, parameters: readonly Parameter[]): Optimizer {
  return options.kind === 'sgd' ? sgd(options, parameters) : adam(options, parameters)
}

function sgd({ momentum = 0, weightDecay = 0 }: SgdOptions, parameters: readonly Parameter[]): Optimizer {
  const velocities = parameters.map(({ data }) => new Float32Array(data.length))
  return {
    state: velocities,
    step: (rate) => {
      for (const [index, { data, grad, shape }] of parameters.entries()) {
        const velocity = velocities[index]
        const decay = shape.length > 1 ? weightDecay : 0
        for (let i = 0; i < data.length; i++) {
          velocity[i] = momentum * velocity[i] + grad[i] + decay * data[i]
          data[i] -= rate * velocity[i]
        }
      }
    },
  }
}

function adam(
  { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0 }: AdamOptions,
  parameters: readonly Parameter[],
): Optimizer {
  const first = parameters.map(({ data }) => new Float32Array(data.length))
  const second = parameters.map(({ data }) => new Float32Array(data.length))
  // beta1^t and beta2^t as running products rather than Math.pow, whose last bit may differ between engines.
  const powers = Float64Array.of(1, 1)
  return {
    state: [powers, ...first, ...second],
    step: (rate) => {
      powers[0] *= beta1
      powers[1] *= beta2
      const [power1, power2] = powers
      for (const [index, { data, grad, shape }] of parameters.entries()) {
        const m = first[index]
        const v = second[index]
        const keep = shape.length > 1 ? 1 - rate * weightDecay : 1
        for (let i = 0; i < data.length; i++) {
          const g = grad[i]
          m[i] = beta1 * m[i] + (1 - beta1) * g
          v[i] = beta2 * v[i] + (1 - beta2) * g * g
          data[i] =
            keep * data[i] - (rate * (m[i] / (1 - power1))) / (Math.sqrt(v[i] / (1 - power2)) + epsilon)
        }
      }
    },
  }
}
