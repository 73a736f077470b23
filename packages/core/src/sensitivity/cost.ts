import type { Model } from '../model/layers.ts'
import { isWeighted, weightsOf } from '../model/weights.ts'
import type { LayerPrecision } from '../model/quantized.ts'
import { KERNEL_PRECISION, PRECISION } from '../numerics/index.ts'

/** The cost of a weighted layer in a precision: bytes, or measured nanoseconds. Costs of layers add up. */
export type Cost = (layer: string, precision: LayerPrecision) => number

function weightBitsOf(layer: LayerPrecision): number {
  const { precision, weightBits } = KERNEL_PRECISION[layer]
  return weightBits ?? PRECISION[precision].bits
}

/** The bytes of weights as stored, with two 4-bit weights in a byte, and of 32-bit biases. */
export function weightBytesOf(model: Model): Cost {
  const sizes = new Map(
    model.layers.filter(isWeighted).map((layer) => {
      const { weight, bias } = weightsOf(model, layer)
      return [layer.name, { weights: weight.data.length, biases: bias.length }]
    }),
  )
  return (layer, precision) => {
    const { weights, biases } = sizes.get(layer)!
    return Math.ceil((weights * weightBitsOf(precision)) / 8) + 4 * biases
  }
}
