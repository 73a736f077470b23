import {
  type Constants,
  type DataOf,
  expectConstants,
  type GemmSpec,
  precisionOf,
  requantize,
} from '@octet/core'
import type { Kernel, Op } from './kernel.ts'

/** x [M,K] by weights [N,K] -> y [M,N]. */
export const gemm: Op<GemmSpec> = {
  declines(spec) {
    if (spec.fixedPoint !== undefined) return 'Gemm that rescales in fixed point is not written yet'
    return precisionOf(spec) === 'fp16' ? 'Gemm in fp16 is not written yet' : undefined
  },
  prepare: (spec, constants) =>
    precisionOf(spec) === 'int8' ? prepareInt8(spec, constants) : prepareFloat(spec, constants),
}

/** y = clamp(Σ x*w + bias), summed in float64 and rounded to float32 once, by the store. */
function prepareFloat(spec: GemmSpec, constants: Constants): Kernel {
  const { weight, bias, clamp } = expectConstants(spec, constants, 'float-weights')
  const [k, n] = [weight.shape[1], weight.shape[0]]
  return {
    constantBytes: weight.data.byteLength + bias.byteLength,
    run: ([x], y) => {
      for (let i = 0; i < y.data.length; i++) {
        const [row, column] = [Math.floor(i / n), i % n]
        let sum = bias[column]
        for (let j = 0; j < k; j++) sum += x.data[row * k + j] * weight.data[column * k + j]
        y.data[i] = Math.min(clamp[1], Math.max(clamp[0], sum))
      }
    },
  }
}

/**
 * acc = Σ (x - zx) * (w - zw) + bias in int32, then requantized. Integer sums are exact in any order, so the part that
 * does not depend on x is computed once: Σ (x - zx) * (w - zw) = Σ x * (w - zw) - zx * Σ (w - zw).
 */
function prepareInt8(spec: GemmSpec, constants: Constants): Kernel {
  const int = expectConstants(spec, constants, 'int-weights')
  const { weight, multiplier, outputZeroPoint, clamp } = int
  const [k, n] = [weight.shape[1], weight.shape[0]]
  const weights = Int16Array.from(weight.data, (q, i) => q - int.weightZeroPoints[Math.floor(i / k)])
  const bias = int.bias.map((value, column) => {
    const sum = weights.subarray(column * k, (column + 1) * k).reduce((a, b) => a + b, 0)
    return value - int.inputZeroPoint * sum
  })
  return {
    constantBytes: weights.byteLength + bias.byteLength + multiplier.byteLength,
    run: ([{ data }], y) => {
      const x = data as DataOf['int8']
      for (let i = 0; i < y.data.length; i++) {
        const [row, column] = [Math.floor(i / n), i % n]
        let acc = bias[column]
        for (let j = 0; j < k; j++) acc += x[row * k + j] * weights[column * k + j]
        y.data[i] = requantize(acc | 0, multiplier[column], outputZeroPoint, clamp[0], clamp[1])
      }
    },
  }
}
