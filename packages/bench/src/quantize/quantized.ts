import {
  Calibration,
  combined,
  type ExactKernels,
  type FloatModel,
  type MixedModel,
  type Model,
  type Normalizer,
  type Observation,
  type QuantizedModel,
  type Range,
  type Samples,
} from '@octet/core'
import { type MadeConfiguration, transformsOf } from '@octet/results'
import { configure } from '../sweep/configurations.ts'

/** A model in one configuration, and the observed values of its FP32 tensors over the calibration samples. */
export interface Quantized {
  readonly model: FloatModel | QuantizedModel | MixedModel
  /** By tensor. */
  readonly observations: ReadonlyMap<string, Observation>
}

/** The calibration of a model. */
export interface Calibrating {
  readonly batches: Iterable<Samples>
  readonly normalizer: Normalizer
  readonly exact: ExactKernels | undefined
  /** Ranges from another run. */
  readonly saved?: ReadonlyMap<string, Range>
}

/** Quantizes a trained model. @throws OctetError if it cannot be quantized. */
export async function quantizeModel(
  model: Model,
  configuration: MadeConfiguration,
  { batches, normalizer, exact, saved }: Calibrating,
): Promise<Quantized> {
  const calibration = new Calibration(model, normalizer, batches, exact, saved)
  const made = await configure(model, calibration, configuration)
  if (configuration.method === 'none') return { model: made, observations: new Map() }
  const { equalization } = combined(transformsOf(configuration))
  const { observations } = await calibration.calibrated(equalization)
  return { model: made, observations }
}

/** The FP32 values of the tensors of a model that came quantized. */
export async function observeQuantized(
  model: QuantizedModel,
  { batches, normalizer, exact }: Calibrating,
): Promise<Quantized> {
  const { observations } = await new Calibration(model.model, normalizer, batches, exact).calibrated()
  return { model, observations }
}
