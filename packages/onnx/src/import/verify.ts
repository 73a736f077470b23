import { bracketed, fail, quoted, windowOutput, type Node, type Shape, type Tensor } from '@octet/core'
import { LARGEST_WINDOW } from './limits.ts'
import { CONTRADICTION } from './source.ts'

/**
 * Checks what shapes leave open: that constants have one value a channel, and that every window and axis has one
 * meaning in all opsets.
 * @param input shape of the node's first input
 * @throws OctetError naming the node.
 */
export function verify(
  node: Node,
  input: Shape,
  output: Shape,
  constant: (name: string) => Tensor<'float32'> | undefined,
): void {
  const lengthOf = (index: number): number | undefined => constant(node.inputs[index])?.data.length
  switch (node.op) {
    case 'Conv': {
      requireWindow(node)
      const length = node.inputs.length > 2 ? lengthOf(2) : undefined
      if (length !== undefined && length !== output[1])
        fail(node, `its bias has ${length} values for ${output[1]} channels`, CONTRADICTION)
      break
    }
    case 'BatchNormalization':
      for (const index of [1, 2, 3, 4]) {
        const length = lengthOf(index)
        if (length !== undefined && length !== input[1])
          fail(
            node,
            `${quoted(node.inputs[index])} has ${length} values for ${input[1]} channels`,
            CONTRADICTION,
          )
      }
      break
    case 'MaxPool':
    case 'AveragePool':
      requireWindow(node)
      verifyPool(node, input)
      break
    case 'Flatten':
      if (node.attributes.axis < -input.length || node.attributes.axis > input.length)
        fail(node, `axis ${node.attributes.axis} is outside rank ${input.length}`, CONTRADICTION)
      break
    default:
  }
}

function requireWindow(node: Extract<Node, { op: 'Conv' | 'MaxPool' | 'AveragePool' }>): void {
  const { kernel, strides, pads, dilations } = node.attributes
  for (const [name, values] of Object.entries({ kernel_shape: kernel, strides, pads, dilations }))
    if (values.some((value) => value > LARGEST_WINDOW))
      fail(
        node,
        `${name} ${bracketed(values)}: at most ${LARGEST_WINDOW} is computed`,
        'make them smaller, or pad the samples themselves',
      )
}

function verifyPool(node: Extract<Node, { op: 'MaxPool' | 'AveragePool' }>, input: Shape): void {
  const { attributes } = node
  const extent = ([0, 1] as const).map(
    (axis) => attributes.dilations[axis] * (attributes.kernel[axis] - 1) + 1,
  )
  if (attributes.pads.some((pad, side) => pad >= extent[side % 2]))
    fail(
      node,
      `pads ${bracketed(attributes.pads)} reach a window that lies in padding alone`,
      'make the pads smaller than the window',
    )
  if (node.op === 'MaxPool' || !attributes.ceilMode || !node.attributes.countIncludePad) return
  // Opsets before and after 19, and runtimes, differ on whether cells beyond the padding count.
  const size = [input[2], input[3]] as const
  if (windowOutput(attributes, size).join() !== windowOutput(attributes, size, true).join())
    fail(
      node,
      'ceil_mode with count_include_pad and a last window cut short has no agreed meaning',
      'use explicit pads',
    )
}
