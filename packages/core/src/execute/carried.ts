import { tensor, type Tensor } from '../tensor/tensor.ts'
import type { Program } from './program.ts'

/**
 * The state that a streaming model carries from sample to sample; zeros before the first sample. It is kept in float32,
 * whatever precision the model computes in. So the two ends of an INT8 state need no common grid: the state is
 * dequantized by the grid of the output that yields it, and quantized to the grid of the input that reads it.
 */
export class Carried {
  #values: readonly Tensor<'float32'>[] | undefined

  /** The tensors that the next run of a program reads, in the order of its states. */
  next({ tensors, states }: Pick<Program, 'tensors' | 'states'>): readonly Tensor<'float32'>[] {
    return this.#values ?? states.map(({ input }) => tensor('float32', tensors[input].shape))
  }

  /** Takes the state that a run has left. */
  keep(values: readonly Tensor<'float32'>[]): void {
    this.#values = values
  }

  /** Forgets the samples so far: the next sample is the first of its set. */
  reset(): void {
    this.#values = undefined
  }
}
