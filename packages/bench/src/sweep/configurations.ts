import {
  AFFINE_INT8,
  type FloatModel,
  type Model,
  type Observation,
  ptq,
  type QuantizedModel,
  type QuantScheme,
  SYMMETRIC_INT8,
} from '@octet/core'
import type { Cell, Configuration } from '@octet/results'
import type { SweepOptions } from './options.ts'

/** Activations on a symmetric grid keep all 256 integers; weights leave -128 out, so that no product overflows a pair sum. */
const ACTIVATION_SCHEMES: Record<'affine' | 'symmetric', QuantScheme> = {
  affine: AFFINE_INT8,
  symmetric: { ...AFFINE_INT8, symmetric: true },
}

/** What a model is compared with, and what every workload is measured in. */
export const FP32: Configuration = float('fp32', 32)

/** The configurations of a sweep: floating point first, as the others are judged against it. */
export function configurations({
  precisions,
  calibrations,
  granularities,
  schemes,
}: Pick<SweepOptions, 'precisions' | 'calibrations' | 'granularities' | 'schemes'>): Configuration[] {
  const int8 = schemes.flatMap((scheme) =>
    granularities.flatMap((granularity) =>
      calibrations.map((calibration): Configuration => ({
        method: 'ptq',
        precision: 'int8',
        weights: { bits: 8, scheme: 'symmetric', granularity },
        activations: { bits: 8, scheme, granularity: 'per-tensor' },
        calibration,
      })),
    ),
  )
  return [
    ...(precisions.includes('fp32') ? [FP32] : []),
    ...(precisions.includes('fp16') ? [float('fp16', 16)] : []),
    ...(precisions.includes('int8') ? int8 : []),
  ]
}

/** The grid of a configuration's activations. */
export function activationScheme({ activations }: Configuration): QuantScheme {
  return ACTIVATION_SCHEMES[activations.scheme === 'symmetric' ? 'symmetric' : 'affine']
}

/** A workload's model in one configuration. */
export function configure(
  model: Model,
  observations: ReadonlyMap<string, Observation>,
  configuration: Configuration,
): FloatModel | QuantizedModel {
  const { precision, calibration, weights } = configuration
  if (precision !== 'int8') return { precision, model }
  const granularity = weights.granularity === 'per-channel' ? 'per-channel' : 'per-tensor'
  return ptq(model, observations, {
    calibration,
    activations: activationScheme(configuration),
    weights: { ...SYMMETRIC_INT8, granularity },
  })
}

function float(precision: 'fp32' | 'fp16', bits: Cell['weights']['bits']): Configuration {
  const storage = { bits, scheme: 'none', granularity: 'none' } as const
  return { method: 'none', precision, weights: storage, activations: storage, calibration: 'none' }
}
