import {
  activationScheme,
  type Calibration,
  combined,
  FLOAT_PRECISIONS,
  type FloatModel,
  type FloatPrecision,
  type Grid,
  GRID_PRECISIONS,
  type MixedModel,
  type Model,
  NO_TRANSFORMS,
  PRECISION,
  type PtqConfiguration,
  type QuantizedModel,
  weightScheme,
} from '@octet/core'
import { type MadeConfiguration, type QuantizedConfiguration, transformsOf } from '@octet/results'
import { plannedConfiguration, quantizePlanned } from '../quantize/plan.ts'
import { type SweepOptions, transformsIn } from './options.ts'

const FLOATS = FLOAT_PRECISIONS.map(float)

/** The baseline of every comparison, measured for every workload: the reference, which comes first. */
export const [FP32] = FLOATS

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
  | 'plan'
>

/** The configurations of a sweep. Floating point comes first, because it judges the others. */
export function configurations({
  methods,
  precisions,
  calibrations,
  granularities,
  schemes,
  weightBits,
  wholeProduct,
  transforms,
  plan,
}: ConfigurationOptions): MadeConfiguration[] {
  const grids = GRID_PRECISIONS.filter((precision) => precisions.includes(precision)).flatMap((precision) =>
    weightBits.flatMap((bits) =>
      schemes.flatMap((scheme) =>
        granularities.map((granularity) => {
          const weights: Grid = { bits, scheme: 'symmetric', granularity }
          const activations: Grid = { bits: PRECISION[precision].bits, scheme, granularity: 'per-tensor' }
          return { precision, weights, activations }
        }),
      ),
    ),
  )
  const ptq = grids.flatMap((grid) =>
    (grid.weights.bits === 8 || wholeProduct ? calibrations : calibrations.slice(0, 1)).flatMap(
      (calibration) =>
        transforms.map((transform): QuantizedConfiguration => ({
          method: 'ptq',
          ...grid,
          calibration,
          ...(transform !== 'none' && { transforms: [...transformsIn(transform)] }),
        })),
    ),
  )
  // Training takes long and changes the ranges, so it starts only from the ranges of the first calibration.
  const [calibration] = calibrations
  const qat = grids.map(({ precision, weights, activations }): QuantizedConfiguration => ({
    method: 'qat',
    precision,
    weights,
    activations,
    calibration,
  }))
  return [
    ...FLOATS.filter(({ precision }) => precisions.includes(precision)),
    ...(methods.includes('ptq') ? ptq : []),
    ...(methods.includes('qat') ? qat : []),
    ...(plan === undefined ? [] : [plannedConfiguration(plan)]),
  ]
}

/**
 * A workload's model in one configuration.
 * @throws OctetError if it cannot be quantized.
 */
export async function configure(
  model: Model,
  calibration: Calibration,
  configuration: MadeConfiguration,
): Promise<FloatModel | QuantizedModel | MixedModel> {
  if (configuration.method === 'none') return { precision: configuration.precision, model }
  if (configuration.method === 'plan') return quantizePlanned(calibration, configuration)
  return calibration.quantize({
    ...gridsOf(configuration),
    transforms: combined(transformsOf(configuration)),
  })
}

/**
 * The model that QAT starts from. With per-tensor weights they are equalized first, and ReLU6 is opened to ReLU if it
 * prevents that. Otherwise skewed channels would be lost before training could correct them (Nagel et al. 2021, section
 * 4.2).
 * @throws OctetError if the model cannot be quantized.
 */
export function qatStart(
  calibration: Calibration,
  configuration: QuantizedConfiguration,
): Promise<QuantizedModel> {
  const equalization = configuration.weights.granularity === 'per-tensor' ? 'unclipped' : 'none'
  return calibration.quantize({
    ...gridsOf(configuration),
    transforms: { ...NO_TRANSFORMS, equalization },
  })
}

function gridsOf({ calibration, activations, weights }: QuantizedConfiguration): PtqConfiguration {
  return { calibration, activations: activationScheme(activations), weights: weightScheme(weights) }
}

function float(precision: FloatPrecision): Extract<MadeConfiguration, { method: 'none' }> {
  const side = { bits: PRECISION[precision].bits, scheme: 'none', granularity: 'none' } as const
  return { method: 'none', precision, weights: side, activations: side, calibration: 'none' }
}
