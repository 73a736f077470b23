import type { Layer, Model } from '../model/layers.ts'
import { isWeighted, weightsOf } from '../model/weights.ts'
import { toFloat16 } from '../numerics/index.ts'
import { layerOp, type OpSpec } from '../ops/list.ts'
import type { Constants } from '../ops/spec.ts'
import { tensor } from '../tensor/tensor.ts'
import type { Arithmetic } from './arithmetic.ts'

/** FP32; and FP16, with weights and activations stored as halves, and biases and sums in float32. */
export function floatArithmetic(model: Model, dtype: 'float32' | 'float16'): Arithmetic {
  return {
    dtype,
    weightTraits: () => ({ weightZeroPoints: false }),
    constants: (layer: Layer, spec: OpSpec): Constants => {
      const { node, clamp } = layer
      const op = layerOp(node)
      if (op.floats !== undefined) return op.floats(node, spec, clamp)
      if (!isWeighted(layer)) return op.clamp === 'none' ? { kind: 'none' } : { kind: 'clamp', clamp }
      const { weight, bias } = weightsOf(model, layer)
      return {
        kind: 'float-weights',
        weight: dtype === 'float16' ? tensor('float16', weight.shape, toFloat16(weight.data)) : weight,
        bias,
        clamp,
      }
    },
  }
}
