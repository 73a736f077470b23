import { OctetError } from '../error.ts'
import { allocate, INTEGER_LIMITS } from '../tensor/dtype.ts'
import { tensor, type Shape, type Tensor } from '../tensor/tensor.ts'
import { countBlocks, forEachBlock, forEachChannel } from './channel.ts'
import type { QParams, ScaleBy } from './qparams.ts'
import { rint } from './rint.ts'

/** The integer dtypes of quantized tensors. A 4-bit value takes one byte until `packInt4` packs it. */
export type IntegerDType = 'int8' | 'uint8' | 'int16' | 'uint16'

/** Scales a float32 to the steps of a per-tensor grid, before rounding: fl32(x * fl32(1/s)) or fl32(x / s). */
export function scaling({ scale: [s], by }: QParams): (x: number) => number {
  const inverse = Math.fround(1 / s)
  return by === 'divide' ? (x) => Math.fround(x / s) : (x) => Math.fround(x * inverse)
}

/**
 * Quantizes: `clamp(rint(x / s) + z, qmin, qmax)`. x/s is computed in float32 as `by` says; the default is the grid's
 * own. Infinities saturate. NaN becomes the zero point.
 * @throws OctetError if the limits do not fit `dtype`, or if the channels do not fit the shape.
 */
export function quantize<D extends IntegerDType>(
  dtype: D,
  x: Tensor<'float32'>,
  qparams: QParams,
  by: ScaleBy = qparams.by ?? 'reciprocal',
): Tensor<D> {
  const { qmin, qmax } = qparams
  const [least, most] = INTEGER_LIMITS[dtype]
  if (qmin < least || qmax > most) throw new OctetError(`[${qmin}, ${qmax}] does not fit in ${dtype}`)
  const q = allocate(dtype, x.data.length)
  forEachScale(x.shape, qparams, (s, z, start, end) => {
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
  forEachScale(q.shape, qparams, (s, z, start, end) => {
    for (let i = start; i < end; i++) x[i] = (q.data[i] - z) * s
  })
  return tensor('float32', q.shape, x)
}

/**
 * Visits the runs of one scale. `at` is the scale's index.
 * @throws OctetError if the number of scales differs from the number of channels or blocks.
 */
export function forEachScale(
  shape: Shape,
  { axis, blockSize, scale, zeroPoint }: QParams,
  visit: (scale: number, zeroPoint: number, start: number, end: number, at: number) => void,
): void {
  const blocks = blockSize !== undefined && axis !== null
  const wanted = axis === null ? 1 : blocks ? countBlocks(shape, axis, blockSize) : shape[axis]
  if (scale.length !== wanted)
    throw new OctetError(
      `${scale.length} scales along axis ${axis} do not fit the shape [${shape.join(', ')}]`,
    )
  const each = (at: number, start: number, end: number): void =>
    visit(scale[at], zeroPoint[at], start, end, at)
  if (blocks) forEachBlock(shape, axis, blockSize, each)
  else forEachChannel(shape, axis, each)
}
