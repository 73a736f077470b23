import { fail, tensor, type Shape, type Tensor } from '@octet/core'
import { constantFloats, CONTRADICTION, refuse, type Source } from '../import/source.ts'
import { Chain } from './chain.ts'
import { base, type NodeOf, type OnnxOp } from './op.ts'
import { planeOf, POINT, readWindows, requireWindow, windowAttributes, type AxisWindow } from './window.ts'

export const conv: OnnxOp<NodeOf<'Conv'>> = {
  read: (source) => {
    const weight = constantFloats(source, 1, 'weight')
    const group = readGroup(source)
    const node = base(source, 2, 3)
    const windows = readWindows(source, weight.shape.slice(2))
    const [x, name, ...bias] = node.inputs
    if (windows.length === 2)
      return { nodes: [{ ...node, op: 'Conv', attributes: { ...planeOf(windows[0], windows[1]), group } }] }
    const chain = new Chain(source)
    convolve(chain, source, { x, weight: { name, held: weight }, bias, windows, group })
    return chain.reading()
  },
  write: ({ attributes }) => ({
    attributes: { ...windowAttributes(attributes), group: attributes.group },
  }),
  check: (node, { output, lengthOf }) => {
    requireWindow(node)
    const length = lengthOf(2)
    if (length !== undefined && length !== output[1])
      fail(node, `its bias has ${length} values for ${output[1]} channels`, CONTRADICTION)
  },
}

/** @throws OctetError for an attribute `group` that is no count. */
export function readGroup(source: Source): number {
  const group = source.attributes.int('group', 1)
  if (group < 1) refuse(source, `group ${group} must be at least 1`, CONTRADICTION)
  return group
}

/** A convolution's operands by name, and what is known of them. */
interface Convolution {
  /** The activation [N, C, ...]. */
  readonly x: string
  readonly weight: { readonly name: string; readonly held: Tensor<'float32'> }
  readonly bias: readonly string[]
  readonly windows: readonly AxisWindow[]
  readonly group: number
}

/** Adds a convolution over one axis or two as one over images: a series is an image of one row. */
export function convolve(chain: Chain, source: Source, convolution: Convolution): void {
  const { x, weight, bias, windows, group } = convolution
  const [outputs, channels, ...kernel] = weight.held.shape
  const over = (input: string, shape: Shape, [rows, columns]: readonly AxisWindow[]): string => {
    const plane = source.freshConstant(`${weight.name}.plane`, tensor('float32', shape, weight.held.data))
    const attributes = { ...planeOf(rows, columns), group }
    return chain.add('conv', { op: 'Conv', inputs: [input, plane, ...bias], attributes })
  }
  if (windows.length === 2) over(x, weight.held.shape, windows)
  else if (windows.length === 1) {
    const image = chain.reshape('image', x, [0, 0, 1, -1])
    chain.reshape('series', over(image, [outputs, channels, 1, kernel[0]], [POINT, windows[0]]), [0, 0, -1])
  } else refuse(source, 'a convolution over 3 axes is not computed', 'export the model over images or series')
}
