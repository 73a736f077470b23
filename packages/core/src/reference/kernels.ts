import type { Constants, OpSpec } from '../kernel/spec.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { activate } from './activation.ts'
import { concat } from './concat.ts'
import { clip, dequantizeLinear, normalize, quantizeLinear, softmax } from './elementwise.ts'
import { add, mul } from './pair.ts'
import { averagePool, maxPool } from './pool.ts'
import { matMul, weighted } from './weighted.ts'

/**
 * The meaning of every op, by the formulae of `Constants`, one output tensor at a time: float results are accumulated
 * in float64 and rounded once; activation functions go by float32 steps. What faster kernels are held to.
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
    case 'Mul':
      return mul(spec, constants, inputs, output)
    case 'Concat':
      return concat(spec, constants, inputs, output)
    case 'Sigmoid':
    case 'HardSigmoid':
    case 'HardSwish':
      return activate(spec, constants, inputs[0], output)
    case 'MaxPool':
      return maxPool(spec, inputs[0], output)
    case 'AveragePool':
      return averagePool(spec, constants, inputs[0], output)
    case 'Clip':
      return clip(spec, constants, inputs[0], output)
    case 'Reshape':
      return output.data.set(inputs[0].data)
    case 'Softmax':
      return softmax(spec, inputs[0], output)
    case 'Normalize':
      return normalize(spec, constants, inputs[0], output)
    case 'QuantizeLinear':
      return quantizeLinear(spec, constants, inputs[0], output)
    case 'DequantizeLinear':
      return dequantizeLinear(spec, constants, inputs[0], output)
  }
}
