import { elements, tensor } from '@octet/core'
import { numbersOf, shapeOf } from '../import/fold/values.ts'
import { axesOf, CONTRADICTION, integers, operands, refuse, type Source } from '../import/source.ts'
import { Chain } from './chain.ts'
import { wholes, type NodeOf, type OnnxOp, type Reading } from './op.ts'
import { reshapeTo } from './reshape.ts'

/**
 * Indices with a rank other than 1 are gathered as a list. The axis then becomes the axes of the indices, or none for a
 * single index.
 */
export const gather: OnnxOp<NodeOf<'Gather'>> = {
  read: (source) => {
    const { name, output, inputs, attributes } = source
    operands(source, 2)
    if (source.constant(inputs[1]) === undefined) return lookedUp(source)
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

/**
 * Rows of a constant table at computed indices: a one-hot row for the index, times the table. Every number therefore
 * equals the table's in every bit.
 */
function lookedUp(source: Source): Reading {
  const [table, places] = source.inputs
  const held = source.constant(table)
  if (held === undefined)
    refuse(
      source,
      'its indices and its data are both computed',
      'end the model before this node, at a tensor of the network: --output NAME',
    )
  const [rows, ...row] = shapeOf(held)
  if (axesOf(source, [source.attributes.int('axis', 0)], row.length + 1)[0] !== 0)
    refuse(source, 'its indices are computed, and choose along an inner axis', 'export it with axis = 0')
  if (rows === undefined || rows < 1) refuse(source, 'its data is empty', CONTRADICTION)
  const chain = new Chain(source)
  const [first, ...sizes] = source.shape(places)
  const kept = first === undefined ? [] : [0, ...sizes]
  const chosen = chain.oneHot('place', places, [...kept, 1], rows)
  const matrix = tensor('float32', [rows, elements(row)], Float32Array.from(numbersOf(held)))
  const rowsOf = chain.add('rows', {
    op: 'MatMul',
    inputs: [chosen, source.freshConstant(table, matrix)],
    attributes: null,
  })
  chain.reshape('shaped', rowsOf, [...kept, ...row])
  return chain.reading()
}
