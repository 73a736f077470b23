import type { Shape } from '../../tensor/tensor.ts'
import { quoted, fail } from '../../ops/message.ts'
import type { BatchNormalizationNode } from '../../ops/batchnormalization.ts'
import type { Affine, ConstantAt } from './rewriter.ts'

/**
 * The effect of a BatchNormalization on each channel of a tensor of that shape at inference, in float64.
 * @throws OctetError if a constant has another length, or if a variance has no square root to divide by.
 */
export function affineOf(node: BatchNormalizationNode, constant: ConstantAt, shape: Shape): Affine {
  const channels = shape[1] ?? 1
  const [scale, shift, mean, variance] = [1, 2, 3, 4].map((index) => {
    const { data } = constant(index)
    if (data.length !== channels)
      fail(
        node,
        `${quoted(node.inputs[index])} has ${data.length} values for ${channels} channels`,
        'the file contradicts itself: export the model again',
      )
    return data
  })
  const { epsilon } = node.attributes
  const bad = variance.findIndex((value) => !(value >= 0 && value + epsilon > 0))
  if (bad >= 0)
    fail(
      node,
      variance[bad] < 0
        ? `variance ${variance[bad]} of channel ${bad} is negative`
        : `variance ${variance[bad]} of channel ${bad} and epsilon ${epsilon} have no positive sum to ` +
            'divide by the root of',
      'export the model after training, with an epsilon above 0',
    )
  const gain = Float64Array.from(scale, (s, c) => s / Math.sqrt(variance[c] + epsilon))
  return { gain, offset: Float64Array.from(shift, (b, c) => b - mean[c] * gain[c]) }
}
