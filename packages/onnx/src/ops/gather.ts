import { axesOf, integers, operands } from '../import/source.ts'
import { wholes, type NodeOf, type OnnxOp } from './op.ts'
import { reshapeTo } from './reshape.ts'

/** Indices of another rank than 1 are gathered as a list, and the axis becomes their axes: none for a single one. */
export const gather: OnnxOp<NodeOf<'Gather'>> = {
  read: (source) => {
    const { name, output, inputs, attributes } = source
    operands(source, 2)
    const given = integers(source, 1, 'indices')
    const [x, by] = [source.shape(inputs[0]), source.shape(inputs[1])]
    const [axis] = axesOf(source, [attributes.int('axis', 0)], x.length)
    const indices = given.map((index) => (index < 0 ? index + x[axis] : index))
    const listed = by.length === 1
    const gathered = listed ? output : source.freshTensor(`${output}.list`)
    const node = {
      name,
      op: 'Gather',
      inputs: [inputs[0]],
      output: gathered,
      attributes: { axis, indices },
    } as const
    if (listed) return { nodes: [node] }
    const part = { name: source.freshNode(`${name}.shape`), output }
    return { nodes: [node, reshapeTo(part, gathered, x.toSpliced(axis, 1, ...by), axis > 0)] }
  },
  write: ({ attributes: { axis, indices } }) => ({
    attributes: { axis },
    inputs: { indices: wholes(indices) },
  }),
}
