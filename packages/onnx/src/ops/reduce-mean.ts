import { bracketed, type Node } from '@octet/core'
import { integers, operands, refuse, type Source } from '../import/source.ts'
import type { Reading } from './op.ts'

/** A mean over height and width is a GlobalAveragePool, flattened where the two are not kept. */
export function reduceMean(source: Source): Reading {
  operands(source, 1, 2)
  const { name, inputs, output, attributes } = source
  const keep = attributes.flag('keepdims', true)
  const axes = attributes.ints('axes') ?? (inputs[1] ? integers(source, 1, 'axes') : [])
  const wrapped = axes.map((axis) => (axis < 0 ? axis + 4 : axis)).sort((a, b) => a - b)
  if (wrapped.join() !== '2,3')
    refuse(
      source,
      `a mean over axes ${bracketed(axes)} is not one over height and width`,
      'use GlobalAveragePool, or a mean over axes [2, 3], when the model is exported',
    )
  attributes.ignore('noop_with_empty_axes')
  const pooled = keep ? output : source.freshTensor(`${output}.mean`)
  const pool: Node = { name, op: 'GlobalAveragePool', inputs: [inputs[0]], output: pooled, attributes: null }
  if (keep) return { nodes: [pool] }
  const flat = source.freshNode(`${name}.flatten`)
  return {
    nodes: [pool, { name: flat, op: 'Flatten', inputs: [pooled], output, attributes: { axis: 1 } }],
  }
}
