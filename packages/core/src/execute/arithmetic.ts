import type { Constants } from '../kernel/spec.ts'
import type { Layer } from '../model/layers.ts'
import type { DType } from '../tensor/dtype.ts'

/** How one precision stores tensors and which constants its ops take. */
export interface Arithmetic {
  /** dtype of activations between layers. */
  readonly dtype: DType
  /** False where the layer must be computed on float32 tensors. */
  covers(layer: Layer): boolean
  /** The constants of a layer in this precision. `divisors[n]` is what an average over n positions divides by. */
  constants(layer: Layer, divisors?: Float32Array): Constants
  /** Whether a weighted layer has weight zero points to correct for. */
  weightZeroPoints(layer: Layer): boolean
  /** Constants of the conversions between this precision and float32 at a tensor, where there are such. */
  enter(tensor: string): Constants | undefined
  leave(tensor: string): Constants | undefined
}
