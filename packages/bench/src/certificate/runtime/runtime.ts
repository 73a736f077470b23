import type { IntegerTensor } from '@octet/onnx'
import type { Certificate } from '../certificate.ts'
import type { Numbers } from '../numbers.ts'

/** An input of one run. */
export interface Fed extends Pick<Certificate['inputs'][number], 'name' | 'dtype' | 'shape'> {
  readonly data: Numbers
}

/** A model that a runtime has loaded. */
export interface LoadedModel {
  /** Computes one sample. Returns all outputs and the requested inner tensors, by name. */
  run(inputs: readonly Fed[]): Promise<ReadonlyMap<string, ArrayLike<number>>>
  close(): Promise<void>
}

/** A runtime that runs models. */
export interface Runtime {
  /** Name and version. */
  readonly name: string
  /**
   * Loads a model with the runtime's defaults.
   * @param inner requested tensors inside the model, in addition to its outputs
   * @throws Error with the reason why the runtime does not take the model, or has no such tensor.
   */
  load(model: Uint8Array, inner: readonly Pick<IntegerTensor, 'name' | 'dtype'>[]): Promise<LoadedModel>
}
