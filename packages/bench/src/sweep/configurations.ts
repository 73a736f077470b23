import {
  AFFINE_INT8,
  type Calibration,
  type FloatModel,
  type Model,
  type PtqConfiguration,
  type QuantizedModel,
  type QuantScheme,
  SYMMETRIC_INT8,
  type Transforms,
} from '@octet/core'
import type { Cell, Configuration } from '@octet/results'
import type { SweepOptions } from './options.ts'

/**
 * Activations on a symmetric grid keep all 256 integers; weights leave -128 out, so that no product overflows a pair
 * sum.
 */
const ACTIVATION_SCHEMES: Record<'affine' | 'symmetric', QuantScheme> = {
  affine: AFFINE_INT8,
  symmetric: { ...AFFINE_INT8, symmetric: true },
}

/** What a model is compared with, and what every workload is measured in. */
export const FP32: Configuration = float('fp32', 32)

type ConfigurationOptions = Pick<
  SweepOptions,
  | 'methods'
  | 'precisions'
  | 'calibrations'
  | 'granularities'
  | 'schemes'
  | 'weightBits'
  | 'wholeProduct'
  | 'transforms'
>

/** The configurations of a sweep: floating point first, as the others are judged against it. */
export function configurations({
  methods,
  precisions,
  calibrations,
  granularities,
  schemes,
  weightBits,
  wholeProduct,
  transforms,
}: ConfigurationOptions): Configuration[] {
  const grids = weightBits.flatMap((bits) =>
    schemes.flatMap((scheme) =>
      granularities.map(
        (granularity) =>
          ({
            precision: 'int8',
            weights: { bits, scheme: 'symmetric', granularity },
            activations: { bits: 8, scheme, granularity: 'per-tensor' },
          }) as const,
      ),
    ),
  )
  const ptq = grids.flatMap((grid) =>
    (grid.weights.bits === 8 || wholeProduct ? calibrations : calibrations.slice(0, 1)).flatMap(
      (calibration) =>
        transforms.map((transform): Configuration => ({
          method: 'ptq',
          ...grid,
          calibration,
          ...(transform !== 'none' && { transforms: [transform] }),
        })),
    ),
  )
  // Training takes long, and moves the ranges anyway: it begins with those of the first calibration alone.
  const [calibration] = calibrations
  const qat = grids.map(({ precision, weights, activations }): Configuration => ({
    method: 'qat',
    precision,
    weights,
    activations,
    calibration,
  }))
  const int8 = [...(methods.includes('ptq') ? ptq : []), ...(methods.includes('qat') ? qat : [])]
  return [
    ...(precisions.includes('fp32') ? [FP32] : []),
    ...(precisions.includes('fp16') ? [float('fp16', 16)] : []),
    ...(precisions.includes('int8') ? int8 : []),
  ]
}

/** The grid of a configuration's activations. */
function activationScheme({ activations }: Configuration): QuantScheme {
  return ACTIVATION_SCHEMES[activations.scheme === 'symmetric' ? 'symmetric' : 'affine']
}

/**
 * A workload's model in one configuration.
 * @throws OctetError where it cannot be quantized.
 */
export async function configure(
  model: Model,
  calibration: Calibration,
  configuration: Configuration,
): Promise<FloatModel | QuantizedModel> {
  const { precision, transforms = [] } = configuration
  if (precision !== 'int8') return { precision, model }
  return calibration.quantize({ ...gridsOf(configuration), transforms: transformsOf(transforms) })
}

/**
 * What QAT begins with. Per tensor the weights are equalized first, ReLU6 opened to ReLU where it is in the way, as
 * skewed channels would be lost before training could mend them (Nagel et al. 2021, section 4.2).
 * @throws OctetError where the model cannot be quantized.
 */
export function qatStart(calibration: Calibration, configuration: Configuration): Promise<QuantizedModel> {
  const equalization = configuration.weights.granularity === 'per-tensor' ? 'unclipped' : 'none'
  return calibration.quantize({
    ...gridsOf(configuration),
    transforms: { equalization, rounding: 'nearest', biasCorrection: false },
  })
}

function gridsOf(configuration: Configuration): PtqConfiguration {
  const { weights } = configuration
  return {
    calibration: configuration.calibration,
    activations: activationScheme(configuration),
    weights: {
      ...SYMMETRIC_INT8,
      bits: weights.bits === 4 ? 4 : 8,
      granularity: weights.granularity === 'per-channel' ? 'per-channel' : 'per-tensor',
    },
  }
}

/** Transforms by the names that configurations carry. */
function transformsOf(names: readonly string[]): Transforms {
  return {
    equalization: names.includes('equalize') ? 'exact' : 'none',
    rounding: names.includes('adaround') ? 'adaround' : 'nearest',
    biasCorrection: names.includes('bias-correction'),
  }
}

function float(precision: 'fp32' | 'fp16', bits: Cell['weights']['bits']): Configuration {
  const storage = { bits, scheme: 'none', granularity: 'none' } as const
  return { method: 'none', precision, weights: storage, activations: storage, calibration: 'none' }
}
