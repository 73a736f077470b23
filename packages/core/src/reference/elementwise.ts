import { expectConstants } from '../kernel/constants.ts'
import type {
  ClipSpec,
  Constants,
  DequantizeLinearSpec,
  NormalizeSpec,
  QuantizeLinearSpec,
  SoftmaxSpec,
} from '../kernel/spec.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { storeFloat, storeInteger } from './epilogue.ts'
import { widen } from './operand.ts'

const UNBOUNDED = [-Infinity, Infinity] as const

export function clip(spec: ClipSpec, constants: Constants, input: Tensor, output: Tensor): void {
  const { clamp } = expectConstants(spec, constants, 'clamp')
  if (output.dtype === 'int8') storeInteger(output, input.data, { multiplier: 1, zeroPoint: 0, clamp })
  else storeFloat(output, widen(input), clamp)
}

export function softmax(spec: SoftmaxSpec, input: Tensor, output: Tensor): void {
  const width = spec.inputs[0].shape[1]
  const x = widen(input)
  for (let row = 0; row < x.length; row += width) {
    let max = -Infinity
    for (let i = row; i < row + width; i++) max = Math.max(max, x[i])
    let sum = 0
    for (let i = row; i < row + width; i++) sum += x[i] = Math.exp(x[i] - max)
    for (let i = row; i < row + width; i++) x[i] /= sum
  }
  storeFloat(output, x, UNBOUNDED)
}

export function normalize(spec: NormalizeSpec, constants: Constants, input: Tensor, output: Tensor): void {
  const quantized =
    output.dtype === 'int8' ? expectConstants(spec, constants, 'normalize-quantize') : undefined
  const { offset, scale } = quantized ?? expectConstants(spec, constants, 'normalize')
  const [batch, channels] = spec.inputs[0].shape
  const values = new Float64Array(input.data.length)
  const inner = values.length / (batch * channels)
  for (let i = 0, plane = 0; i < values.length; plane++) {
    const c = plane % channels
    const [by, times] = [offset[offset.length === 1 ? 0 : c], scale[scale.length === 1 ? 0 : c]]
    for (const end = i + inner; i < end; i++) values[i] = Math.fround(input.data[i] - by) * times
  }
  if (quantized === undefined) return storeFloat(output, values, UNBOUNDED)
  const { inverseScale, zeroPoint, clamp } = quantized
  storeInteger(output, values, { multiplier: inverseScale, zeroPoint, clamp })
}

export function quantizeLinear(
  spec: QuantizeLinearSpec,
  constants: Constants,
  input: Tensor,
  output: Tensor,
): void {
  const { inverseScale, zeroPoint, clamp } = expectConstants(spec, constants, 'quantize')
  storeInteger(output, widen(input), { multiplier: inverseScale, zeroPoint, clamp })
}

export function dequantizeLinear(
  spec: DequantizeLinearSpec,
  constants: Constants,
  input: Tensor,
  output: Tensor,
): void {
  const { scale, zeroPoint } = expectConstants(spec, constants, 'dequantize')
  const values = widen(input, zeroPoint)
  for (let i = 0; i < values.length; i++) values[i] *= scale
  storeFloat(output, values, UNBOUNDED)
}
