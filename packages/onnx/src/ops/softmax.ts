import { axesOf, operands } from '../import/source.ts'
import { Chain } from './chain.ts'
import { base, type NodeOf, type OnnxOp } from './op.ts'

/**
 * Softmax, or its logarithm. Up to opset 12 it ran over all axes from `axis` on. For the last axis that is the same.
 * Otherwise these axes are joined before it.
 */
function softmaxOf<Op extends 'Softmax' | 'LogSoftmax'>(op: Op): OnnxOp<NodeOf<Op>> {
  return {
    read: (source) => {
      const axis = source.attributes.int('axis', source.opset < 13 ? 1 : -1)
      const [x] = operands(source, 1)
      const shape = source.shape(x)
      const [first] = axesOf(source, [axis], shape.length)
      if (source.opset >= 13 || first === shape.length - 1)
        return { nodes: [{ ...base(source, 1), op, attributes: { axis } }] }
      const chain = new Chain(source)
      const kept = shape.slice(0, first).map(() => 0)
      const joined = chain.reshape('joined', x, kept.length > 0 ? [...kept, -1] : [1, -1])
      const made = chain.add('rows', { op, inputs: [joined], attributes: { axis: -1 } })
      chain.reshape('back', made, [...kept, ...shape.slice(first)])
      return chain.reading()
    },
    write: ({ attributes }: NodeOf<'Softmax' | 'LogSoftmax'>) => ({ attributes: { axis: attributes.axis } }),
  }
}

export const softmax: OnnxOp<NodeOf<'Softmax'>> = softmaxOf('Softmax')
export const logSoftmax: OnnxOp<NodeOf<'LogSoftmax'>> = softmaxOf('LogSoftmax')
