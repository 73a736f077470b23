import type { Constants } from '../kernel/spec.ts'
import type { Layer } from '../model/layers.ts'
import { toFloat16 } from '../numerics/index.ts'
import type { FloatModel } from '../ptq/model.ts'
import { tensor } from '../tensor/tensor.ts'
import type { Arithmetic } from './arithmetic.ts'

/** FP32, and FP16: weights and activations stored as halves, biases and sums in float32. */
export function floatArithmetic({ model, precision }: FloatModel): Arithmetic {
  const dtype = precision === 'fp16' ? 'float16' : 'float32'
  return {
    dtype,
    covers: () => true,
    weightZeroPoints: () => false,
    enter: () => undefined,
    leave: () => undefined,
    constants: (layer: Layer): Constants => {
      if (layer.node.op !== 'Conv' && layer.node.op !== 'Gemm') return { kind: 'clamp', clamp: layer.clamp }
      const [weight, bias] = layer.node.inputs.slice(1).map((name) => model.graph.initializers.get(name)!)
      return {
        kind: 'float-weights',
        weight: dtype === 'float16' ? tensor('float16', weight.shape, toFloat16(weight.data)) : weight,
        bias: bias.data,
        clamp: layer.clamp,
      }
    },
  }
}
