import { Adam, type AdamRates, type Moved } from '@octet/core'
import type { Parameter } from './network.ts'

/** SGD with momentum: v = momentum * v + g + weightDecay * w; w -= rate * v. */
export interface SgdOptions {
  readonly kind: 'sgd'
  readonly learningRate: number
  readonly momentum?: number
  /** The L2 penalty on matrices and filters. Biases and BatchNormalization have none. */
  readonly weightDecay?: number
}

/** Adam with weight decay decoupled from the gradient (Loshchilov & Hutter 2019). */
export interface AdamOptions extends AdamRates {
  readonly kind: 'adam'
  readonly learningRate: number
  /** The share of matrices and filters that a step at rate 1 removes. Biases and BatchNormalization do not decay. */
  readonly weightDecay?: number
}

export type OptimizerOptions = SgdOptions | AdamOptions

/** An optimizer moves parameters along their gradients, and remembers earlier steps. */
export interface Optimizer {
  /** Moves every parameter by one step at the given learning rate. */
  step(learningRate: number): void
  /** The state of the optimizer between steps: its live arrays, not copies. */
  readonly state: readonly (Float32Array | Float64Array)[]
}

/** An optimizer with its own state for these parameters. */
export function optimizerOf(options: OptimizerOptions, parameters: readonly Parameter[]): Optimizer {
  const { weightDecay = 0 } = options
  const decaying = parameters.map(({ data, grad, shape }) => ({
    data,
    grad,
    decay: shape.length > 1 ? weightDecay : 0,
  }))
  return options.kind === 'sgd' ? sgd(options, decaying) : new Adam(options, decaying)
}

function sgd({ momentum = 0 }: SgdOptions, parameters: readonly Moved<Float32Array>[]): Optimizer {
  const velocities = parameters.map(({ data }) => new Float32Array(data.length))
  return {
    state: velocities,
    step: (rate) => {
      for (const [index, { data, grad, decay = 0 }] of parameters.entries()) {
        const velocity = velocities[index]
        for (let i = 0; i < data.length; i++) {
          velocity[i] = momentum * velocity[i] + grad[i] + decay * data[i]
          data[i] -= rate * velocity[i]
        }
      }
    },
  }
}
