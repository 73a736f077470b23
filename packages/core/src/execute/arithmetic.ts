import type { Layer } from '../model/layers.ts'
import type { FixedPointRounding, QParams } from '../numerics/index.ts'
import type { OpSpec } from '../ops/list.ts'
import type { Constants, WeightTraits } from '../ops/spec.ts'
import type { DType } from '../tensor/dtype.ts'

/** How one precision stores tensors, and which constants its ops take. */
export interface Arithmetic {
  /** The dtype of activations between layers. */
  readonly dtype: DType
  /** The method that rescales integers, if it is not multiplication by float32 multipliers. */
  readonly fixedPoint?: FixedPointRounding
  /** The constants of a layer in this precision. */
  constants(layer: Layer, spec: OpSpec): Constants
  /** The properties of the weights in a weighted layer's spec. */
  weightTraits(layer: Layer): WeightTraits
}

/** Constants of the conversions between floats and the grid of a tensor. */
export interface Conversions {
  /** @throws OctetError for a tensor without a grid. */
  grid(tensor: string): QParams
  quantize(tensor: string): Extract<Constants, { kind: 'quantize' }>
  /** The constants if the grid divides, as ONNX does; undefined if it multiplies. */
  divideQuantize(tensor: string): Extract<Constants, { kind: 'divide-quantize' }> | undefined
  dequantize(tensor: string): Extract<Constants, { kind: 'dequantize' }>
}
