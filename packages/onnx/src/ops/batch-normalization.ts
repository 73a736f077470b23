import { fail, quoted } from '@octet/core'
import { CONTRADICTION, operands, refuse, type Source } from '../import/source.ts'
import { Chain } from './chain.ts'
import { declared, float } from './declared.ts'
import type { NodeOf, OnnxOp } from './op.ts'

function requireInference(source: Source): void {
  source.attributes.ignore('momentum')
  // Before opset 9, statistics could be per element instead of per channel.
  if (source.opset < 9 && !source.attributes.flag('spatial', true))
    refuse(source, 'it has separate statistics for each position', 'export it with spatial = 1')
  if (source.attributes.flag('training_mode', false))
    refuse(source, 'it is in training mode', 'export the model for inference')
}

const plain: OnnxOp<NodeOf<'BatchNormalization'>> = {
  ...declared(
    'BatchNormalization',
    [5],
    { epsilon: float('epsilon', 1e-5) },
    {
      require: requireInference,
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

/** A node of core if the statistics are constants. Otherwise, its arithmetic as several nodes. */
export const batchNormalization: OnnxOp<NodeOf<'BatchNormalization'>> = {
  ...plain,
  read: (source) => {
    const [x, ...channels] = operands(source, 5)
    if (channels.every((name) => source.constant(name) !== undefined)) return plain.read(source)
    const epsilon = source.attributes.float('epsilon', Math.fround(1e-5))
    requireInference(source)
    const shape = source.shape(x)
    const chain = new Chain(source)
    const [scale, offset, mean, variance] = channels.map((name) => {
      const sizes = [1, shape[1], ...shape.slice(2).map(() => 1)]
      const held = source.constant(name)
      if (held?.kind !== 'float') return chain.reshape('channels', name, sizes)
      return source.freshConstant(name, { ...held.tensor, shape: sizes })
    })
    const sum = chain.pair('sum', 'Add', variance, chain.number('epsilon', epsilon))
    const inverse = chain.add('inverse', { op: 'Power', inputs: [sum], attributes: { exponent: -0.5 } })
    const centred = chain.pair('centred', 'Sub', x, mean)
    const scaled = chain.pair('scaled', 'Mul', centred, chain.pair('factor', 'Mul', inverse, scale))
    chain.pair('moved', 'Add', scaled, offset)
    return chain.reading()
  },
}
