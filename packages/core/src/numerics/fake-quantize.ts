import { tensor, type Tensor } from '../tensor/tensor.ts'
import type { QParams } from './qparams.ts'
import { forEachScale } from './quantize.ts'
import { rint } from './rint.ts'

/** A tensor that is rounded to its grid but kept in float, and the mask of its gradient. */
export interface FakeQuantized {
  readonly y: Tensor<'float32'>
  /** 1 if the rounded value lies in [qmin, qmax], ends included. The straight-through gradient is `grad * mask`. */
  readonly mask: Uint8Array
}

/**
 * Quantizes and dequantizes in float32: `fl32((clamp(rint(fl32(x * fl32(1/s))) + z, qmin, qmax) - z) * s)`. Multiplies
 * by 1/s. NaN stays NaN. Source: Jacob et al. 2018, section 3; the straight-through estimator of Bengio et al. 2013.
 * @throws OctetError if the channels do not fit the shape.
 */
export function fakeQuantize(x: Tensor<'float32'>, qparams: QParams): FakeQuantized {
  const { qmin, qmax } = qparams
  const y = new Float32Array(x.data.length)
  const mask = new Uint8Array(x.data.length)
  forEachScale(x.shape, qparams, (s, z, start, end) => {
    const inverse = Math.fround(1 / s)
    for (let i = start; i < end; i++) {
      const q = rint(Math.fround(x.data[i] * inverse)) + z
      y[i] = ((q < qmin ? qmin : q > qmax ? qmax : q) - z) * s
      mask[i] = q >= qmin && q <= qmax ? 1 : 0
    }
  })
  return { y: tensor('float32', x.shape, y), mask }
}
