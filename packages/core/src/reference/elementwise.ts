import { expectConstants } from '../kernel/constants.ts'
import type {
  AddSpec,
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

export function add(spec: AddSpec, constants: Constants, [a, b]: readonly Tensor[], output: Tensor): void {
  const sums = new Float64Array(output.data.length)
  if (a.dtype !== 'int8') {
    const [x, y] = [widen(a), widen(b)]
    for (let i = 0; i < sums.length; i++) sums[i] = x[i] + y[i]
    return storeFloat(output, sums, expectConstants(spec, constants, 'clamp').clamp)
  }
  const c = expectConstants(spec, constants, 'int-add')
  for (let i = 0; i < sums.length; i++)
    sums[i] =
      Math.fround((a.data[i] - c.a.zeroPoint) * c.a.scale) +
      Math.fround((b.data[i] - c.b.zeroPoint) * c.b.scale)
  storeInteger(output, sums, { multiplier: c.inverseScale, zeroPoint: c.outputZeroPoint, clamp: c.clamp })
}

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
  const { offset, scale } = expectConstants(spec, constants, 'normalize')
  const [batch, channels] = spec.inputs[0].shape
  const values = new Float64Array(input.data.length)
  const inner = values.length / (batch * channels)
  for (let i = 0, plane = 0; i < values.length; plane++) {
    const c = plane % channels
    const [by, times] = [offset[offset.length === 1 ? 0 : c], scale[scale.length === 1 ? 0 : c]]
    for (const end = i + inner; i < end; i++) values[i] = Math.fround(input.data[i] - by) * times
  }
  storeFloat(output, values, UNBOUNDED)
}

export function quantizeLinear(
  spec: QuantizeLinearSpec,
  constants: Constants,
  input: Tensor,
  output: Tensor,
): void {
  const { inverseScale, zeroPoint, clamp } = expectConstants(spec, constants, 'quantize')
  storeInteger(output, input.data, { multiplier: inverseScale, zeroPoint, clamp })
}

export function dequantizeLinear(
  spec: DequantizeLinearSpec,
  constants: Constants,
  input: Tensor,
  output: Tensor,
): void {
  const { scale, zeroPoint } = expectConstants(spec, constants, 'dequantize')
  for (let i = 0; i < input.data.length; i++) output.data[i] = (input.data[i] - zeroPoint) * scale
}
