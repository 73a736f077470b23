import type { Tensor } from '../tensor/tensor.ts'
import type { IntegerLimits, QParams } from './qparams.ts'
import { forEachScale } from './quantize.ts'
import { rint } from './rint.ts'

/**
 * A grid that is trained. Scales and zero points are parameters, so zero points are real numbers until they are rounded
 * for use.
 */
export interface LearnedGrid extends IntegerLimits {
  readonly axis: number | null
  readonly scale: Float32Array
  readonly zeroPoint: Float32Array
}

/**
 * The grid for quantization, with `zeroPoint = clamp(rint(zeroPoint), qmin, qmax)`. `fakeQuantize` with it is the
 * forward step.
 */
export function roundedGrid({ zeroPoint, qmin, qmax, ...grid }: LearnedGrid): QParams {
  return {
    ...grid,
    qmin,
    qmax,
    zeroPoint: Int32Array.from(zeroPoint, (z) => Math.min(qmax, Math.max(qmin, rint(z)))),
  }
}

/** The gradients of a loss by a tensor and by its grid; the grid's gradients have one entry for each scale. */
export interface LearnedStepGradients {
  readonly x: Float32Array
  readonly scale: Float32Array
  readonly zeroPoint: Float32Array
}

/**
 * The backward step of fake quantization on a learned grid. With q = rint(fl32(x * fl32(1/s))) + z: inside [qmin,
 * qmax], ends included, dy/dx = 1, dy/ds = (y - x) / s, dy/dz = 0; below, 0, qmin - z, -s; above, 0, qmax - z, -s. Grid
 * gradients are summed in float64 and multiplied by `factor` (`learnedStepFactor`). The zero point is rounded as in the
 * forward step; PyTorch rounds negative zero points differently.
 *
 * Source: Esser et al. 2020, "Learned Step Size Quantization"; Bhalgat et al. 2020 (LSQ+) for the zero point.
 * @throws OctetError if the scales do not fit the shape.
 */
export function learnedStepGradients(
  x: Tensor<'float32'>,
  grid: LearnedGrid,
  grad: Float32Array,
  factor = 1,
): LearnedStepGradients {
  const { qmin, qmax } = grid
  const byX = new Float32Array(x.data.length)
  const byScale = new Float64Array(grid.scale.length)
  const byZeroPoint = new Float64Array(grid.scale.length)
  forEachScale(x.shape, roundedGrid(grid), (s, z, start, end, at) => {
    const inverse = Math.fround(1 / s)
    for (let i = start; i < end; i++) {
      const steps = rint(Math.fround(x.data[i] * inverse))
      const q = steps + z
      const inside = q >= qmin && q <= qmax
      byX[i] = grad[i] * (inside ? 1 : 0)
      byScale[at] += grad[i] * (inside ? steps - x.data[i] / s : (q < qmin ? qmin : qmax) - z)
      if (!inside) byZeroPoint[at] -= grad[i] * s
    }
  })
  return {
    x: byX,
    scale: Float32Array.from(byScale, (sum) => sum * factor),
    zeroPoint: Float32Array.from(byZeroPoint, (sum) => sum * factor),
  }
}

/**
 * LSQ's gradient factor, `1 / sqrt(count * qmax)`. It keeps updates of the step size in proportion to updates of
 * `count` weights.
 */
export function learnedStepFactor(count: number, qmax: number): number {
  return 1 / Math.sqrt(count * qmax)
}
