import type { QParams, QuantScheme } from '../numerics/index.ts'
import type { Model } from '../model/layers.ts'
import type { QuantizedWeights } from '../ops/record.ts'

export type Granularity = 'per-tensor' | 'per-channel'

/** Where the ranges of a model's activations come from, and the grids of both sides. */
export interface Grids {
  /** A calibrator's id, as `calibrator` takes it. */
  readonly calibration: string
  readonly activations: QuantScheme
  readonly weights: QuantScheme & { readonly granularity: Granularity }
}

/** What is done to weights and biases beyond rounding to nearest: needs calibration samples, see `Calibration`. */
export interface Transforms {
  /**
   * Cross-layer equalization and bias absorption. `exact` leaves the FP32 function as it is, so it stops at Clips;
   * `unclipped` makes Relus of the Clips [0, b] in its way first.
   */
  readonly equalization: 'none' | 'exact' | 'unclipped'
  readonly rounding: 'nearest' | 'adaround'
  readonly biasCorrection: boolean
}

export const NO_TRANSFORMS: Transforms = { equalization: 'none', rounding: 'nearest', biasCorrection: false }

/** How a model is quantized. */
export interface PtqConfiguration extends Grids {
  /** None where left out. */
  readonly transforms?: Transforms
}

/** A model with a grid for every tensor that is stored as integers. */
export interface QuantizedModel {
  readonly precision: 'int8'
  readonly model: Model
  readonly configuration: PtqConfiguration
  /** By tensor name; tensors that stay float (Softmax and behind) are absent. */
  readonly activations: ReadonlyMap<string, QParams>
  /** By layer name. */
  readonly weights: ReadonlyMap<string, QuantizedWeights>
}

/** What one layer computes in; `int4` is int8 with weights at 4 bits. */
export type LayerPrecision = 'fp16' | 'int8' | 'int4'

/** A model whose layers compute in different precisions. */
export interface MixedModel {
  readonly precision: 'mixed'
  readonly model: Model
  /** By layer name; every layer is here. A Softmax at int8 is computed in float32. */
  readonly layers: ReadonlyMap<string, LayerPrecision>
  /** As a QuantizedModel has them, of all that integer layers read and write. */
  readonly activations: ReadonlyMap<string, QParams>
  readonly weights: ReadonlyMap<string, QuantizedWeights>
}

/** A model that computes in float. */
export interface FloatModel {
  readonly precision: 'fp32' | 'fp16'
  readonly model: Model
}
