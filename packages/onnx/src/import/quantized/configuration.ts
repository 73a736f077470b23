import {
  AFFINE_INT8,
  SYMMETRIC_INT8,
  type PtqConfiguration,
  type QParams,
  type QuantizedWeights,
} from '@octet/core'

/** The calibration id of ranges that came with a model, which no calibrator of Octet chose. */
export const DELIVERED = 'as-delivered'

/** The common properties of a model's grids. */
export function configurationOf(
  activations: ReadonlyMap<string, QParams>,
  weights: ReadonlyMap<string, QuantizedWeights>,
): PtqConfiguration {
  const grids = [...weights.values()]
  const isSymmetric = (all: readonly QParams[]): boolean =>
    all.every(({ zeroPoint }) => zeroPoint.every((point) => point === 0))
  return {
    calibration: DELIVERED,
    activations: { ...AFFINE_INT8, symmetric: isSymmetric([...activations.values()]) },
    weights: {
      ...SYMMETRIC_INT8,
      bits: grids.length > 0 && grids.every(({ qparams }) => qparams.qmax <= 7) ? 4 : 8,
      symmetric: isSymmetric(grids.map(({ qparams }) => qparams)),
      narrow: grids.every(({ weight, qparams }) => weight.data.every((value) => value > qparams.qmin)),
      granularity: grids.some(({ qparams }) => qparams.axis !== null) ? 'per-channel' : 'per-tensor',
    },
  }
}
