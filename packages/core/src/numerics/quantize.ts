import { OctetError } from '../error.ts'
import { allocate, INTEGER_LIMITS } from '../tensor/dtype.ts'
import { elements, tensor, type Tensor } from '../tensor/tensor.ts'
import type { QParams } from './qparams.ts'
import { rint } from './rint.ts'

/** Integer dtypes that quantized tensors are stored in; 4-bit values take a byte each. */
export type IntegerDType = 'int8' | 'uint8'

/**
 * How x/s is formed before rounding. `reciprocal` multiplies by fl32(1/s): what PyTorch does, and Octet's kernels, as
 * WGSL's division is not exact. `divide` is ONNX's definition, fl32(x/s). They differ at ties only.
 */
export type ScaleBy = 'reciprocal' | 'divide'

/**
 * Quantizes: `clamp(rint(x / s) + z, qmin, qmax)`, x/s in float32 as `by` says. Infinities saturate; NaN becomes the zero point.
 * @throws OctetError when the limits do not fit `dtype`, or the channels do not fit the shape.
 */
export function quantize<D extends IntegerDType>(
  dtype: D,
  x: Tensor<'float32'>,
  qparams: QParams,
  by: ScaleBy = 'reciprocal',
): Tensor<D> {
  const { qmin, qmax, scale, zeroPoint } = qparams
  const [least, most] = INTEGER_LIMITS[dtype]
  if (qmin < least || qmax > most) throw new OctetError(`[${qmin}, ${qmax}] does not fit in ${dtype}`)
  const q = allocate(dtype, x.data.length)
  forEachChannel(x.shape, qparams, (channel, start, end) => {
    const s = scale[channel]
    const z = zeroPoint[channel]
    const inverse = Math.fround(1 / s)
    for (let i = start; i < end; i++) {
      const value = x.data[i]
      const steps = rint(Math.fround(by === 'divide' ? value / s : value * inverse)) + z
      q[i] = steps < qmin ? qmin : steps > qmax ? qmax : steps === steps ? steps : z
    }
  })
  return tensor(dtype, x.shape, q)
}

/** Dequantizes: `fl32(fl32(q - z) * s)`. */
export function dequantize(q: Tensor<IntegerDType>, qparams: QParams): Tensor<'float32'> {
  const x = new Float32Array(q.data.length)
  forEachChannel(q.shape, qparams, (channel, start, end) => {
    const s = qparams.scale[channel]
    const z = qparams.zeroPoint[channel]
    for (let i = start; i < end; i++) x[i] = (q.data[i] - z) * s
  })
  return tensor('float32', q.shape, x)
}

/**
 * Visits a row-major tensor in runs of one channel: `visit(channel, start, end)`. Per tensor that is one run of channel 0.
 * @throws OctetError when the number of scales is not the size of the axis.
 */
export function forEachChannel(
  shape: readonly number[],
  { axis, scale }: QParams,
  visit: (channel: number, start: number, end: number) => void,
): void {
  const total = elements(shape)
  if (axis === null) return visit(0, 0, total)
  const channels = shape[axis]
  if (channels !== scale.length)
    throw new OctetError(
      `${scale.length} scales along axis ${axis} do not fit the shape [${shape.join(', ')}]`,
    )
  const run = elements(shape.slice(axis + 1))
  for (let start = 0, channel = 0; start < total; start += run, channel = (channel + 1) % channels)
    visit(channel, start, start + run)
}
