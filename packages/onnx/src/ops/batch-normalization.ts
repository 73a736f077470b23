import { fail, quoted } from '@octet/core'
import { CONTRADICTION, refuse } from '../import/source.ts'
import { declared, float } from './declared.ts'
import type { NodeOf, OnnxOp } from './op.ts'

export const batchNormalization: OnnxOp<NodeOf<'BatchNormalization'>> = {
  ...declared(
    'BatchNormalization',
    [5],
    { epsilon: float('epsilon', 1e-5) },
    {
      require: (source) => {
        source.attributes.ignore('momentum')
        // Before opset 9 statistics could be those of each place instead of each channel.
        if (source.opset < 9 && !source.attributes.flag('spatial', true))
          refuse(source, 'its statistics are those of each place', 'export it with spatial = 1')
        if (source.attributes.flag('training_mode', false))
          refuse(source, 'it is in training mode', 'export the model for inference')
      },
    },
  ),
  check: (node, { input, lengthOf }) => {
    for (const index of [1, 2, 3, 4]) {
      const length = lengthOf(index)
      if (length !== undefined && length !== input[1])
        fail(
          node,
          `${quoted(node.inputs[index])} has ${length} values for ${input[1]} channels`,
          CONTRADICTION,
        )
    }
  },
}
