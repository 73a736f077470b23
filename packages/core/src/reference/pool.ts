import { expectConstants } from '../kernel/constants.ts'
import type { AveragePoolSpec, Constants, MaxPoolSpec } from '../kernel/spec.ts'
import { fromFloat16 } from '../numerics/index.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { storeFloat } from './epilogue.ts'
import { widen } from './operand.ts'
import { inInt32, rescaleTo } from './rescale.ts'

/** The largest value under each window, bits unchanged; the first NaN where there is one. */
export function maxPool(spec: MaxPoolSpec, input: Tensor, output: Tensor): void {
  // Half bits do not order as integers do: compare what they mean, store what they are.
  const values = input.dtype === 'float16' ? fromFloat16((input as Tensor<'float16'>).data) : input.data
  overWindows(spec, (o, offsets, count) => {
    let best = offsets[0]
    for (let i = 1; i < count && values[best] === values[best]; i++)
      if (!(values[offsets[i]] <= values[best])) best = offsets[i]
    output.data[o] = input.data[best]
  })
}

/** Mean of each window; see `int-average` for the integers. */
export function averagePool(
  spec: AveragePoolSpec,
  constants: Constants,
  input: Tensor,
  output: Tensor,
): void {
  const sums = new Float64Array(output.data.length)
  const counts = new Int32Array(output.data.length)
  const integer = input.dtype === 'int8' ? expectConstants(spec, constants, 'int-average') : undefined
  const x = widen(input, integer?.inputZeroPoint)
  overWindows(spec, (o, offsets, count) => {
    for (let i = 0; i < count; i++) sums[o] += x[offsets[i]]
    counts[o] = count
  })
  if (integer === undefined) {
    const full = spec.kernel[0] * spec.kernel[1]
    const means = sums.map((sum, o) => sum / (spec.countIncludePad ? full : counts[o]))
    return storeFloat(output, means, expectConstants(spec, constants, 'clamp').clamp)
  }
  const target = { zeroPoint: integer.outputZeroPoint, clamp: integer.clamp }
  const rescales = Array.from(integer.multipliers, (multiplier) =>
    rescaleTo({ multiplier, ...target }, spec.fixedPoint),
  )
  for (let o = 0; o < sums.length; o++) output.data[o] = rescales[counts[o]](inInt32(sums[o], spec.op))
}

/** Calls `visit` once an output element with the input offsets under its window (`count` of them) that lie inside. */
function overWindows(
  spec: MaxPoolSpec | AveragePoolSpec,
  visit: (output: number, offsets: Int32Array, count: number) => void,
): void {
  const [batch, channels, height, width] = spec.inputs[0].shape
  const [, , outHeight, outWidth] = spec.output.shape
  const offsets = new Int32Array(spec.kernel[0] * spec.kernel[1])
  let output = 0
  for (let plane = 0; plane < batch * channels; plane++)
    for (let oy = 0; oy < outHeight; oy++)
      for (let ox = 0; ox < outWidth; ox++) {
        let count = 0
        for (let ky = 0; ky < spec.kernel[0]; ky++) {
          const iy = oy * spec.strides[0] - spec.pads[0] + ky * spec.dilations[0]
          if (iy < 0 || iy >= height) continue
          for (let kx = 0; kx < spec.kernel[1]; kx++) {
            const ix = ox * spec.strides[1] - spec.pads[1] + kx * spec.dilations[1]
            if (ix >= 0 && ix < width) offsets[count++] = (plane * height + iy) * width + ix
          }
        }
        visit(output++, offsets, count)
      }
}
