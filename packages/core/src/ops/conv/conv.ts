import { bracketed, CONTRADICTION, fail } from '../message.ts'
import type { NodeOf, Window, Rescaling, SpecOf, WeightTraits } from '../spec.ts'
import type { KernelOp, LayerOp } from '../record.ts'
import { computeWeighted, instanceOfWeights, WEIGHTED } from '../weighted/weighted.ts'
import { image, slidOver, windowOf } from '../window.ts'
import { convolve } from './convolve.ts'

/** Inputs: x [N,C,H,W], w [M,C/group,kH,kW], b [M]. */
export type ConvNode = NodeOf<'Conv', Window & { readonly group: number }>

/**
 * x [N,C,H,W] -> y [N,M,oH,oW]. A depthwise convolution has `group` = C. Constants: float-weights or int-weights,
 * weight [M,C/group,kH,kW].
 */
export interface ConvSpec extends SpecOf<'Conv'>, Window, Rescaling, WeightTraits {
  readonly group: number
}

export const Conv: LayerOp<ConvNode, ConvSpec> & KernelOp<ConvSpec> = {
  ...WEIGHTED,
  shape: (node, [x, w]) => {
    const [n, c, height, width] = image(node, x)
    const { group } = node.attributes
    if (w.length !== 4 || w[1] * group !== c || w[0] % group !== 0)
      fail(node, `weight ${bracketed(w)} in ${group} groups does not fit ${c} channels`, CONTRADICTION)
    return [n, w[0], ...slidOver(node, height, width)]
  },
  spec: ({ attributes }, tensors) => ({
    op: 'Conv',
    ...tensors,
    ...windowOf(attributes),
    group: attributes.group,
  }),
  sums: ({ inputs, group, kernel }) => ({
    count: (inputs[0].shape[1] / group) * kernel[0] * kernel[1],
    of: 'products',
  }),
  compute: (spec, constants, [x], y) =>
    computeWeighted(spec, constants, x, y, (wide, weight) => convolve(spec, wide, weight)),
  instance: (spec, draw) =>
    instanceOfWeights(
      spec,
      [spec.output.shape[1], spec.inputs[0].shape[1] / spec.group, ...spec.kernel],
      draw,
    ),
}
