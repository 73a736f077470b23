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

/** The possible bits of weights on a grid. */
export const WEIGHT_BITS = [8, 4] as const
export const SCHEMES = ['affine', 'symmetric'] as const
export const GRANULARITIES = ['per-tensor', 'per-channel'] as const
export type WeightBits = (typeof WEIGHT_BITS)[number]
export type Granularity = (typeof GRANULARITIES)[number]

/** The integers in which one side of a model (weights or activations) is stored, as a configuration names them. */
export interface Grid {
  readonly bits: WeightBits
  readonly scheme: (typeof SCHEMES)[number]
  readonly granularity: Granularity
}

/** The scheme of activations on a grid. A symmetric scheme keeps all integers of its bits. */
export function activationScheme({ bits, scheme }: Omit<Grid, 'granularity'>): QuantScheme {
  return { ...AFFINE_INT8, bits, symmetric: scheme === 'symmetric' }
}

/** The scheme of weights on a grid. It leaves out the lowest integer, so that no sum of two products overflows. */
export function weightScheme({ bits, scheme, granularity }: Grid): Grids['weights'] {
  return { ...SYMMETRIC_INT8, bits, symmetric: scheme === 'symmetric', granularity }
}

/** The source of the activations' ranges, and the grids of both sides. */
export interface Grids {
  /** A calibrator's id, as `calibrator` accepts it. */
  readonly calibration: string
  readonly activations: QuantScheme
  readonly weights: QuantScheme & { readonly granularity: Granularity }
}

/** The configuration by which a model is quantized. */
export interface PtqConfiguration extends Grids {
  /** If it is left out, there are no transforms. */
  readonly transforms?: Transforms
}

/** A model with a grid for every tensor that is stored as integers. */
export interface QuantizedModel {
  readonly precision: 'int8'
  readonly model: Model
  readonly configuration: PtqConfiguration
  /** The grids by tensor name. Tensors that stay float (from a Softmax on) are absent. */
  readonly activations: ReadonlyMap<string, QParams>
  /** The weights by layer name. */
  readonly weights: ReadonlyMap<string, QuantizedWeights>
}

/** The precision of one layer of a mixed model. */
export type LayerPrecision = Exclude<KernelPrecision, 'fp32'>
export const LAYER_PRECISIONS: readonly LayerPrecision[] = KERNEL_PRECISIONS.filter((one) => one !== 'fp32')

/** A model whose layers compute in different precisions. */
export interface MixedModel {
  readonly precision: 'mixed'
  readonly model: Model
  /** The precision of every layer, by layer name. A Softmax at int8 is computed in float32. */
  readonly layers: ReadonlyMap<string, LayerPrecision>
  /** The grids of all tensors that integer layers read and write, as in a QuantizedModel. */
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
