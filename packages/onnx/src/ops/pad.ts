import { bracketed } from '@octet/core'
import { axesOf, CONTRADICTION, integers, operands, refuse, scalar, type Source } from '../import/source.ts'
import { wholes, type NodeOf, type OnnxOp } from './op.ts'

const MODES = ['constant', 'reflect', 'edge', 'wrap'] as const

/** Pads and value are attributes before opset 11, and inputs since opset 11. */
export const pad: OnnxOp<NodeOf<'Pad'>> = {
  read: (source) => {
    const { name, output, opset, attributes } = source
    const [x] = opset < 11 ? operands(source, 1) : operands(source, 2, 4)
    const rank = source.shape(x).length
    const mode = attributes.choice('mode', MODES, 'constant')
    const given = opset < 11 ? attributes.ints('pads') : integers(source, 1, 'pads')
    if (given === undefined) refuse(source, 'attribute "pads" is missing', CONTRADICTION)
    const value = opset < 11 ? attributes.bound('value', 0) : (scalar(source, 2, 'value') ?? 0)
    const pads = ofAllAxes(source, given, rank)
    return { nodes: [{ name, op: 'Pad', inputs: [x], output, attributes: { mode, pads, value } }] }
  },
  write: ({ attributes: { mode, pads, value } }) => ({
    attributes: { mode: { string: mode } },
    inputs: {
      pads: wholes(pads),
      constant_value: { dtype: 'float32', shape: [], data: Float32Array.of(value) },
    },
  }),
}

/** Since opset 18, the node may name the axes that the pads belong to. */
function ofAllAxes(source: Source, given: readonly number[], rank: number): readonly number[] {
  if (!source.inputs[3]) return given
  const axes = axesOf(source, integers(source, 3, 'axes'), rank)
  if (given.length !== 2 * axes.length)
    refuse(
      source,
      `pads ${bracketed(given)} are not two for each of the axes ${bracketed(axes)}`,
      CONTRADICTION,
    )
  const pads = Array.from({ length: 2 * rank }, () => 0)
  for (const [i, axis] of axes.entries()) {
    pads[axis] = given[i]
    pads[axis + rank] = given[i + axes.length]
  }
  return pads
}
