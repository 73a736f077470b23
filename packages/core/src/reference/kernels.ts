import { fromFloat16, requantize } from '../numerics/index.ts'
import { expectConstants } from '../kernel/constants.ts'
import type {
  AddSpec,
  AveragePoolSpec,
  Clamp,
  Constants,
  ConvSpec,
  GemmSpec,
  MatMulSpec,
  MaxPoolSpec,
  NormalizeSpec,
  OpSpec,
  SoftmaxSpec,
} from '../kernel/spec.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { convolve } from './conv.ts'
import { storeFloat } from './epilogue.ts'
import { multiply } from './gemm.ts'
import { widen } from './operand.ts'
import { overWindows } from './pool.ts'

const UNBOUNDED: Clamp = [-Infinity, Infinity]

/**
 * The meaning of every op, by the formulae of `Constants`, one output tensor at a time: float results are accumulated
 * in float64 and rounded once. What faster kernels are held to.
 */
export function compute(spec: OpSpec, constants: Constants, inputs: readonly Tensor[], output: Tensor): void {
  switch (spec.op) {
    case 'Conv':
    case 'Gemm':
      return weighted(spec, constants, inputs[0], output)
    case 'MatMul':
      return matMul(spec, constants, inputs, output)
    case 'Add':
      return add(spec, constants, inputs, output)
    case 'MaxPool':
      return maxPool(spec, inputs[0], output)
    case 'AveragePool':
      return averagePool(spec, constants, inputs[0], output)
    case 'Clip':
      return clip(spec, constants, inputs[0], output)
    case 'Reshape':
      output.data.set(inputs[0].data)
      return
    case 'Softmax':
      return softmax(spec, inputs[0], output)
    case 'Normalize':
      return normalize(spec, constants, inputs[0], output)
    case 'QuantizeLinear': {
      const { inverseScale, zeroPoint, clamp } = expectConstants(spec, constants, 'quantize')
      const x = inputs[0].data
      for (let i = 0; i < x.length; i++) output.data[i] = requantize(x[i], inverseScale, zeroPoint, ...clamp)
      return
    }
    case 'DequantizeLinear': {
      const { scale, zeroPoint } = expectConstants(spec, constants, 'dequantize')
      const q = inputs[0].data
      for (let i = 0; i < q.length; i++) output.data[i] = (q[i] - zeroPoint) * scale
    }
  }
}

function weighted(spec: ConvSpec | GemmSpec, constants: Constants, input: Tensor, output: Tensor): void {
  const channels = spec.output.shape[1]
  // Sums come channels-last; outputs are stored channels-first.
  const positions = output.data.length / (spec.output.shape[0] * channels)
  const channelOf = (i: number): number => Math.floor(i / positions) % channels
  const sumAt = (i: number, m: number): number =>
    (Math.floor(i / (positions * channels)) * positions + (i % positions)) * channels + m
  if (input.dtype === 'int8') {
    const c = expectConstants(spec, constants, 'int-weights')
    const weight = widen(c.weight)
    const inner = weight.length / channels
    if (spec.weightZeroPoints)
      for (let i = 0; i < weight.length; i++) weight[i] -= c.weightZeroPoints[Math.floor(i / inner)]
    const sums = accumulate(spec, widen(input, c.inputZeroPoint), weight)
    for (let i = 0; i < output.data.length; i++) {
      const m = channelOf(i)
      output.data[i] = requantize(
        sums[sumAt(i, m)] + c.bias[m],
        c.multiplier[m],
        c.outputZeroPoint,
        ...c.clamp,
      )
    }
    return
  }
  const { weight, bias, clamp } = expectConstants(spec, constants, 'float-weights')
  const sums = accumulate(spec, widen(input), widen(weight))
  storeFloat(
    output,
    (i) => {
      const m = channelOf(i)
      return sums[sumAt(i, m)] + bias[m]
    },
    clamp,
  )
}

function accumulate(spec: ConvSpec | GemmSpec, x: Float64Array, weight: Float64Array): Float64Array {
  if (spec.op === 'Conv') return convolve(spec, x, weight)
  const [p, k] = spec.inputs[0].shape
  const m = spec.output.shape[1]
  const sums = new Float64Array(p * m)
  multiply(x, weight, { p, m, k }, sums, { offset: 0, stride: m })
  return sums
}

function matMul(spec: MatMulSpec, constants: Constants, [a, b]: readonly Tensor[], output: Tensor): void {
  const [p, k] = spec.inputs[0].shape
  const m = spec.output.shape[1]
  const integer = a.dtype === 'int8' ? expectConstants(spec, constants, 'int-matmul') : undefined
  const right = widen(b, integer?.bZeroPoint)
  const turned = new Float64Array(right.length)
  for (let i = 0; i < k; i++) for (let j = 0; j < m; j++) turned[j * k + i] = right[i * m + j]
  const sums = new Float64Array(p * m)
  multiply(widen(a, integer?.aZeroPoint), turned, { p, m, k }, sums, { offset: 0, stride: m })
  if (integer === undefined)
    return storeFloat(output, (i) => sums[i], expectConstants(spec, constants, 'clamp').clamp)
  for (let i = 0; i < sums.length; i++)
    output.data[i] = requantize(sums[i], integer.multiplier, integer.outputZeroPoint, ...integer.clamp)
}

function add(spec: AddSpec, constants: Constants, [a, b]: readonly Tensor[], output: Tensor): void {
  if (a.dtype !== 'int8') {
    const { clamp } = expectConstants(spec, constants, 'clamp')
    const [x, y] = [widen(a), widen(b)]
    return storeFloat(output, (i) => x[i] + y[i], clamp)
  }
  const c = expectConstants(spec, constants, 'int-add')
  for (let i = 0; i < output.data.length; i++) {
    const x = Math.fround((a.data[i] - c.a.zeroPoint) * c.a.scale)
    const y = Math.fround((b.data[i] - c.b.zeroPoint) * c.b.scale)
    output.data[i] = requantize(x + y, c.inverseScale, c.outputZeroPoint, ...c.clamp)
  }
}

function maxPool(spec: MaxPoolSpec, input: Tensor, output: Tensor): void {
  // Half bits do not order as integers do: compare what they mean, store what they are.
  const values = input.dtype === 'float16' ? fromFloat16((input as Tensor<'float16'>).data) : input.data
  overWindows(spec, (o, offsets, count) => {
    let best = offsets[0]
    for (let i = 1; i < count; i++) if (values[offsets[i]] > values[best]) best = offsets[i]
    output.data[o] = input.data[best]
  })
}

function averagePool(spec: AveragePoolSpec, constants: Constants, input: Tensor, output: Tensor): void {
  const sums = new Float64Array(output.data.length)
  const counts = new Int32Array(output.data.length)
  const integer = input.dtype === 'int8' ? expectConstants(spec, constants, 'int-average') : undefined
  const x = widen(input, integer?.inputZeroPoint)
  overWindows(spec, (o, offsets, count) => {
    for (let i = 0; i < count; i++) sums[o] += x[offsets[i]]
    counts[o] = count
  })
  if (integer !== undefined) {
    for (let o = 0; o < sums.length; o++)
      output.data[o] = requantize(
        sums[o],
        integer.multipliers[counts[o]],
        integer.outputZeroPoint,
        ...integer.clamp,
      )
    return
  }
  const full = spec.kernel[0] * spec.kernel[1]
  const divisor = (o: number): number => (spec.countIncludePad ? full : counts[o])
  storeFloat(output, (o) => sums[o] / divisor(o), expectConstants(spec, constants, 'clamp').clamp)
}

function clip(spec: OpSpec, constants: Constants, input: Tensor, output: Tensor): void {
  const { clamp } = expectConstants(spec, constants, 'clamp')
  const x = widen(input)
  if (output.dtype !== 'int8') return storeFloat(output, (i) => x[i], clamp)
  for (let i = 0; i < x.length; i++) output.data[i] = Math.min(Math.max(x[i], clamp[0]), clamp[1])
}

function softmax(spec: SoftmaxSpec, input: Tensor, output: Tensor): void {
  const width = spec.inputs[0].shape[1]
  const x = widen(input)
  for (let row = 0; row < x.length; row += width) {
    let max = -Infinity
    for (let i = row; i < row + width; i++) max = Math.max(max, x[i])
    let sum = 0
    for (let i = row; i < row + width; i++) sum += x[i] = Math.exp(x[i] - max)
    for (let i = row; i < row + width; i++) x[i] /= sum
  }
  storeFloat(output, (i) => x[i], UNBOUNDED)
}

function normalize(spec: NormalizeSpec, constants: Constants, input: Tensor, output: Tensor): void {
  const { offset, scale } = expectConstants(spec, constants, 'normalize')
  const channels = spec.inputs[0].shape[1]
  const inner = input.data.length / (spec.inputs[0].shape[0] * channels)
  const at = (values: Float32Array, i: number): number =>
    values[values.length === 1 ? 0 : Math.floor(i / inner) % channels]
  storeFloat(output, (i) => Math.fround(input.data[i] - at(offset, i)) * at(scale, i), UNBOUNDED)
}
