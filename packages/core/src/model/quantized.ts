import {
  AFFINE_INT8,
  largestSums,
  reachOf,
  SYMMETRIC_INT8,
  type FloatPrecision,
  KERNEL_PRECISIONS,
  type KernelPrecision,
  type QParams,
  type QuantScheme,
} from '../numerics/index.ts'
import type { QuantizedWeights } from '../ops/record.ts'
import type { Model } from './layers.ts'
import type { Transforms } from './transforms.ts'

/** Bits that weights on a grid may have. */
export const WEIGHT_BITS = [8, 4] as const
export const SCHEMES = ['affine', 'symmetric'] as const
export const GRANULARITIES = ['per-tensor', 'per-channel'] as const
export type WeightBits = (typeof WEIGHT_BITS)[number]
export type Granularity = (typeof GRANULARITIES)[number]

/** The integers that one side of a model (weights, or activations) is stored in, as a configuration says it. */
export interface Grid {
  readonly bits: WeightBits
  readonly scheme: (typeof SCHEMES)[number]
  readonly granularity: Granularity
}

/** The scheme of activations on a grid. Symmetric ones keep all integers of their bits. */
export function activationScheme({ bits, scheme }: Omit<Grid, 'granularity'>): QuantScheme {
  return { ...AFFINE_INT8, bits, symmetric: scheme === 'symmetric' }
}

/** The scheme of weights on a grid: the lowest integer is left out, so that no sum of two products overflows. */
export function weightScheme({ bits, scheme, granularity }: Grid): Grids['weights'] {
  return { ...SYMMETRIC_INT8, bits, symmetric: scheme === 'symmetric', granularity }
}

/** Where the ranges of a model's activations come from, and the grids of both sides. */
export interface Grids {
  /** A calibrator's id, as `calibrator` takes it. */
  readonly calibration: string
  readonly activations: QuantScheme
  readonly weights: QuantScheme & { readonly granularity: Granularity }
}

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

/** The precision of one layer of a mixed model. */
export type LayerPrecision = Exclude<KernelPrecision, 'fp32'>
export const LAYER_PRECISIONS: readonly LayerPrecision[] = KERNEL_PRECISIONS.filter((one) => one !== 'fp32')

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
  readonly precision: FloatPrecision
  readonly model: Model
}

/** The largest magnitudes of a quantized layer's sums, by output channel. */
export function sumsOf({ weight, qparams, bias }: QuantizedWeights, input: QParams): Float64Array {
  return largestSums(weight.data, qparams.zeroPoint, bias, reachOf(input))
}
