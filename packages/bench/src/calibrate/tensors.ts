import {
  type CalibrationChoice,
  chooseCalibration,
  type Observation,
  type QuantizedModel,
  type QuantScheme,
  type Stretch,
  stretchesOf,
} from '@octet/core'

/** The calibration figures of one tensor. */
export interface CalibratedTensor {
  readonly tensor: string
  /** The smallest and the largest value seen, exactly. */
  readonly range: readonly [min: number, max: number]
  /** The samples that set the ends of the range, and the share of the range that each sample decides. */
  readonly stretches: readonly Stretch[]
  /** The choice of `auto`, with its reason. */
  readonly chosen: CalibrationChoice
}

/**
 * All tensors of a quantized model that have their own grid. A tensor that uses another tensor's grid has no choice to
 * report.
 */
export function calibratedTensors(
  { activations }: QuantizedModel,
  observations: ReadonlyMap<string, Observation>,
  scheme: QuantScheme,
): CalibratedTensor[] {
  // Tensors on one grid hold the same qparams object. The first of these tensors owns the grid.
  const owners = new Map([...activations].toReversed().map(([tensor, qparams]) => [qparams, tensor]))
  return [...activations].flatMap(([tensor, qparams]) => {
    const observation = observations.get(tensor)
    if (owners.get(qparams) !== tensor || !observation?.range) return []
    const { range, ends } = observation
    return {
      tensor,
      range: [range.min, range.max] as const,
      stretches: stretchesOf(ends),
      chosen: chooseCalibration(observation, scheme),
    }
  })
}
