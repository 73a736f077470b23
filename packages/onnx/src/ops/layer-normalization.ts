import { bracketed, elements, tensor, type Node, type Shape } from '@octet/core'
import { axesOf, constantFloats, operands, refuse, type Source } from '../import/source.ts'
import { Chain } from './chain.ts'
import type { NodeOf, OnnxOp } from './op.ts'
import { Reduction } from './reduce.ts'

/** The mean and the inverse deviation are computed again if they are separate outputs. All sums are float. */
export const layerNormalization: OnnxOp<NodeOf<'LayerNormalization'>> = {
  read: (source) => {
    const { attributes, name, output } = source
    const [x, scale, bias] = operands(source, 2, 3)
    const shape = source.shape(x)
    const [axis] = axesOf(source, [attributes.int('axis', -1)], shape.length)
    const epsilon = attributes.float('epsilon', Math.fround(1e-5))
    attributes.ignore('stash_type')
    const inner = shape.slice(axis)
    const inputs = [x, whole(source, 1, scale, inner)]
    if (bias !== undefined) inputs.push(whole(source, 2, bias, inner))
    const node: Node = { name, op: 'LayerNormalization', inputs, output, attributes: { axis, epsilon } }
    const own = output === '' ? [] : [node]
    return { nodes: [...own, ...statistics(source, axis, epsilon)] }
  },
  write: ({ attributes: { axis, epsilon } }) => ({
    since: 17,
    attributes: { axis, epsilon: { float: epsilon } },
  }),
}

/** The nodes for the mean and 1 / sqrt(variance + epsilon), if other nodes read them. */
function statistics(source: Source, axis: number, epsilon: number): readonly Node[] {
  const [, mean = '', inverse = ''] = source.outputs
  if (mean === '' && inverse === '') return []
  const [x] = source.inputs
  const { length: rank } = source.shape(x)
  const chain = new Chain(source)
  const axes = Array.from({ length: rank - axis }, (_, i) => axis + i)
  const r = new Reduction(source, chain, x, axes)
  const middle = r.mean('mean', x)
  if (mean !== '')
    chain.add('middle', { op: 'Mul', inputs: [middle, chain.number('one', 1)], attributes: null }, mean)
  if (inverse !== '') {
    const centred = chain.add('centred', { op: 'Sub', inputs: [x, middle], attributes: null })
    const squares = chain.add('squares', { op: 'Mul', inputs: [centred, centred], attributes: null })
    const inputs = [r.mean('variance', squares), chain.number('epsilon', epsilon)]
    const sum = chain.add('sum', { op: 'Add', inputs, attributes: null })
    chain.add('inverse', { op: 'Power', inputs: [sum], attributes: { exponent: -0.5 } }, inverse)
  }
  return chain.nodes
}

/**
 * A scale or bias with one value for each element that is normalized together. A scale or bias that broadcasts is
 * repeated.
 */
function whole(source: Source, index: number, name: string, inner: Shape): string {
  const { length } = inner
  const shape = source.shape(name)
  if (elements(shape) === elements(inner)) return name
  const held = constantFloats(source, index, index === 1 ? 'scale' : 'bias')
  const sizes = inner.map((_, at) => shape[at - length + shape.length] ?? 1)
  if (shape.length > length || sizes.some((size, at) => size !== 1 && size !== inner[at]))
    refuse(
      source,
      `${bracketed(shape)} does not fit ${bracketed(inner)}`,
      'give it the sizes that are normalized',
    )
  const made = tensor('float32', inner)
  for (let i = 0; i < made.data.length; i++) {
    let [from, stride, rest] = [0, 1, i]
    for (let at = length - 1; at >= 0; at--) {
      if (sizes[at] > 1) from += (rest % inner[at]) * stride
      stride *= sizes[at]
      rest = Math.floor(rest / inner[at])
    }
    made.data[i] = held.data[from]
  }
  return source.freshConstant(name, made)
}
