import { CONTRADICTION, operands, refuse } from '../import/source.ts'
import { base, type NodeOf, type OnnxOp } from './op.ts'

export const softmax: OnnxOp<NodeOf<'Softmax'>> = {
  // Up to opset 12 Softmax ran over all axes from `axis` on, which is the same for the last axis alone.
  read: (source) => {
    const axis = source.attributes.int('axis', source.opset < 13 ? 1 : -1)
    const rank = source.shape(operands(source, 1)[0]).length
    const last = axis === -1 || axis === rank - 1
    if (axis < -rank || axis >= rank) refuse(source, `axis ${axis} is outside rank ${rank}`, CONTRADICTION)
    if (source.opset < 13 && !last)
      refuse(
        source,
        `before opset 13 only the last axis is supported, this is ${axis} of ${rank}`,
        'flatten its input to [N,F] when the model is exported, or convert the model to opset 13',
      )
    return { nodes: [{ ...base(source, 1), op: 'Softmax', attributes: { axis } }] }
  },
  write: ({ attributes: { axis } }) => ({ attributes: { axis } }),
}
