import { expectConstants } from '../kernel/constants.ts'
import type { Constants, ConvSpec, GemmSpec, MatMulSpec } from '../kernel/spec.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { convolve } from './conv.ts'
import { storeFloat, storeInteger } from './epilogue.ts'
import { multiply } from './gemm.ts'
import { widen } from './operand.ts'
import { inInt32, rescaleTo } from './rescale.ts'

/** Conv and Gemm: sums in the output's order, then bias and epilogue by output channel. */
export function weighted(
  spec: ConvSpec | GemmSpec,
  constants: Constants,
  input: Tensor,
  output: Tensor,
): void {
  const channels = spec.output.shape[1]
  const positions = output.data.length / (spec.output.shape[0] * channels)
  if (input.dtype !== 'int8') {
    const { weight, bias, clamp } = expectConstants(spec, constants, 'float-weights')
    const sums = accumulate(spec, widen(input), widen(weight))
    for (let i = 0, plane = 0; i < sums.length; plane++)
      for (const end = i + positions; i < end; i++) sums[i] += bias[plane % channels]
    return storeFloat(output, sums, clamp)
  }
  const c = expectConstants(spec, constants, 'int-weights')
  const weight = widen(c.weight)
  if (spec.weightZeroPoints) {
    const inner = weight.length / channels
    for (let i = 0; i < weight.length; i++) weight[i] -= c.weightZeroPoints[Math.floor(i / inner)]
  }
  const sums = accumulate(spec, widen(input, c.inputZeroPoint), weight)
  const target = { zeroPoint: c.outputZeroPoint, clamp: c.clamp }
  const rescales = Array.from(c.multiplier, (multiplier) =>
    rescaleTo({ multiplier, ...target }, spec.fixedPoint),
  )
  const data = output.data as Int8Array
  for (let i = 0, plane = 0; i < sums.length; plane++) {
    const bias = c.bias[plane % channels]
    const rescale = rescales[plane % channels]
    for (const end = i + positions; i < end; i++) data[i] = rescale(inInt32(sums[i] + bias, spec.op))
  }
}

/** Two activations: [P,K] by [K,M]. */
export function matMul(
  spec: MatMulSpec,
  constants: Constants,
  [a, b]: readonly Tensor[],
  output: Tensor,
): void {
  const [p, k] = spec.inputs[0].shape
  const m = spec.output.shape[1]
  const integer = a.dtype === 'int8' ? expectConstants(spec, constants, 'int-matmul') : undefined
  const right = widen(b, integer?.bZeroPoint)
  const turned = new Float64Array(right.length)
  for (let i = 0; i < k; i++) for (let j = 0; j < m; j++) turned[j * k + i] = right[i * m + j]
  const sums = new Float64Array(p * m)
  multiply(widen(a, integer?.aZeroPoint), turned, { p, m, k }, sums, { offset: 0, row: m, weight: 1 })
  if (integer === undefined) return storeFloat(output, sums, expectConstants(spec, constants, 'clamp').clamp)
  for (const sum of sums) inInt32(sum, spec.op)
  const { multiplier, outputZeroPoint: zeroPoint, clamp } = integer
  storeInteger(output, sums, { multiplier, zeroPoint, clamp }, spec.fixedPoint)
}

function accumulate(spec: ConvSpec | GemmSpec, x: Float64Array, weight: Float64Array): Float64Array {
  if (spec.op === 'Conv') return convolve(spec, x, weight)
  const [p, k] = spec.inputs[0].shape
  const m = spec.output.shape[1]
  const sums = new Float64Array(p * m)
  multiply(x, weight, { p, m, k }, sums, { offset: 0, row: m, weight: 1 })
  return sums
}
