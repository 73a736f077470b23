import { elements, fail, tensor, type Shape, type Tensor } from '@octet/core'
import { constantFloats, CONTRADICTION, refuse, type Source } from '../import/source.ts'
import { Chain } from './chain.ts'
import { base, type NodeOf, type OnnxOp } from './op.ts'
import {
  outputSize,
  planeOf,
  POINT,
  readWindows,
  requireWindow,
  windowAttributes,
  type AxisWindow,
} from './window.ts'

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
    const sizes = source.shape(x).slice(2)
    convolve(chain, source, { x, sizes, weight: { name, held: weight }, bias, windows, group })
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

/** @throws OctetError if the attribute `group` is not a positive whole number. */
export function readGroup(source: Source): number {
  const group = source.attributes.int('group', 1)
  if (group < 1) refuse(source, `group ${group} must be at least 1`, CONTRADICTION)
  return group
}

/** A convolution's operands by name, and their known properties. */
interface Convolution {
  /** The activation [N, C, ...]. */
  readonly x: string
  /** Sizes of the activation after its channels. */
  readonly sizes: Shape
  readonly weight: { readonly name: string; readonly held: Tensor<'float32'> }
  readonly bias: readonly string[]
  readonly windows: readonly AxisWindow[]
  readonly group: number
}

/**
 * Adds a convolution over 1 to 3 axes as a convolution over images, and returns its output. A series is an image with
 * one row. The depths in a volume's window become channels of an image with the volume's rows and columns.
 */
export function convolve(chain: Chain, source: Source, convolution: Convolution): string {
  const { x, sizes, weight, bias, windows, group } = convolution
  const [outputs, channels, ...kernel] = weight.held.shape
  const over = (input: string, shape: Shape, [rows, columns]: readonly AxisWindow[]): string => {
    const plane = source.freshConstant(`${weight.name}.plane`, tensor('float32', shape, weight.held.data))
    const attributes = { ...planeOf(rows, columns), group }
    return chain.add('conv', { op: 'Conv', inputs: [input, plane, ...bias], attributes })
  }
  if (windows.length === 2) return over(x, weight.held.shape, windows)
  if (windows.length === 1) {
    const image = chain.reshape('image', x, [0, 0, 1, -1])
    const y = over(image, [outputs, channels, 1, kernel[0]], [POINT, windows[0]])
    return chain.reshape('series', y, [0, 0, -1])
  }
  const [depth, ...plane] = windows
  const depths = outputSize(depth, sizes[0])
  const images = depthsAsChannels(chain, x, [channels * group, ...sizes], depth)
  const y = over(images, [outputs, channels * kernel[0], ...kernel.slice(1)], plane)
  const output = plane.map((window, axis) => outputSize(window, sizes[axis + 1]))
  return chain.transpose(
    'volume',
    chain.reshape('depths', y, [-1, depths, outputs, ...output]),
    [0, 2, 1, 3, 4],
  )
}

/** [N, C, D, H, W] as images [N * oD, C * kD, H, W]: the depths that the window covers at each of its steps. */
function depthsAsChannels(chain: Chain, x: string, shape: Shape, window: AxisWindow): string {
  const [channels, depth, ...plane] = shape
  const [front, behind] = window.pads
  const pads = [0, 0, front, 0, 0, 0, 0, behind, 0, 0]
  const padded =
    front + behind === 0
      ? x
      : chain.add('pad', { op: 'Pad', inputs: [x], attributes: { mode: 'constant', pads, value: 0 } })
  const steps = outputSize(window, depth)
  const indices = Array.from({ length: steps * window.kernel }, (_, i) => {
    const step = Math.floor(i / window.kernel)
    return step * window.stride + (i % window.kernel) * window.dilation
  })
  const covered = chain.add('covered', {
    op: 'Gather',
    inputs: [padded],
    attributes: { axis: 2, indices },
  })
  const apart = chain.reshape('steps', covered, [0, channels, steps, window.kernel, elements(plane)])
  return chain.reshape('images', chain.transpose('turned', apart, [0, 2, 1, 3, 4]), [
    -1,
    channels * window.kernel,
    ...plane,
  ])
}
