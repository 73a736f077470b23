import { FREE, WHOLE } from '../case.ts'
import { storeFloat, widen, inInt32, rescaleTo } from '../compute/values.ts'
import { expectConstants, NO_PADS, type NodeOf, type Window, type Rescaling, type SpecOf } from '../spec.ts'
import { fail } from '../message.ts'
import type { KernelOp, LayerOp } from '../record.ts'
import { PRECISIONS } from '../../numerics/index.ts'
import { grown, image, slidOver } from '../window.ts'
import { windowsOver } from './slide.ts'

export type AveragePoolNode = NodeOf<
  'AveragePool',
  Window & { readonly ceilMode: boolean; readonly countIncludePad: boolean }
>
export type GlobalAveragePoolNode = NodeOf<'GlobalAveragePool'>

/**
 * [N,C,H,W]. The divisor is kH*kW if padding is counted, else the number of positions inside. Constants: clamp or
 * int-average.
 */
export interface AveragePoolSpec extends SpecOf<'AveragePool'>, Window, Rescaling {
  readonly countIncludePad: boolean
}

const AVERAGES: Omit<LayerOp<AveragePoolNode | GlobalAveragePoolNode, AveragePoolSpec>, 'shape' | 'spec'> = {
  weighted: false,
  clamp: 'fused',
  infinities: 'summed',
  gain: 'kept',
  integers: {
    grid: 'own',
    constants: (_, { inputs: [x], output, clamp }, spec) => {
      const ratio = Math.fround(x.scale[0] / output.scale[0])
      return {
        kind: 'int-average',
        inputZeroPoint: x.zeroPoint[0],
        multipliers: divisors(spec).map((n) => ratio / n),
        outputZeroPoint: output.zeroPoint[0],
        clamp,
      }
    },
  },
}

export const AveragePool: LayerOp<AveragePoolNode, AveragePoolSpec> & KernelOp<AveragePoolSpec> = {
  ...AVERAGES,
  shape: (node, [x]) => {
    const [n, c, height, width] = image(node, x)
    return [n, c, ...slidOver(node, height, width)]
  },
  spec: (node, tensors) => {
    const { countIncludePad, pads } = node.attributes
    const window = grown(node, tensors.inputs[0])
    if (countIncludePad && window.pads.join() !== pads.join())
      fail(
        node,
        'ceil_mode with count_include_pad is not supported',
        'use explicit pads when the model is exported',
      )
    return { op: 'AveragePool', ...tensors, ...window, countIncludePad }
  },
  precisions: PRECISIONS,
  sums: ({ kernel }) => ({ count: kernel[0] * kernel[1], of: 'values' }),
  compute: (spec, constants, [input], output) => {
    const sums = new Float64Array(output.data.length)
    const integer = input.dtype === 'int8' ? expectConstants(spec, constants, 'int-average') : undefined
    const x = widen(input, integer?.inputZeroPoint)
    const { starts, offsets } = windowsOver(spec)
    const positions = starts.length - 1
    const size = spec.inputs[0].shape[2] * spec.inputs[0].shape[3]
    const counts = Int32Array.from({ length: positions }, (_, p) => starts[p + 1] - starts[p])
    for (let o = 0, plane = 0; o < sums.length; plane += size)
      for (let position = 0; position < positions; position++, o++)
        for (let i = starts[position]; i < starts[position + 1]; i++) sums[o] += x[plane + offsets[i]]
    if (integer === undefined) {
      const full = spec.kernel[0] * spec.kernel[1]
      const means = sums.map((sum, o) => sum / (spec.countIncludePad ? full : counts[o % positions]))
      return storeFloat(output, means, expectConstants(spec, constants, 'clamp').clamp)
    }
    const target = { zeroPoint: integer.outputZeroPoint, clamp: integer.clamp }
    const rescales = Array.from(integer.multipliers, (multiplier) =>
      rescaleTo({ multiplier, ...target }, spec.fixedPoint),
    )
    for (let o = 0; o < sums.length; o++)
      output.data[o] = rescales[counts[o % positions]](inInt32(sums[o], spec.op))
  },
  instance: (spec, { zeroPoints }) =>
    spec.inputs[0].dtype === 'int8'
      ? {
          kind: 'int-average',
          inputZeroPoint: zeroPoints[0],
          multipliers: divisors(spec).map((n) => 1 / n),
          outputZeroPoint: 5,
          clamp: WHOLE,
        }
      : { kind: 'clamp', clamp: FREE },
}

/** The divisor of an average, indexed by the number of positions inside the input. */
export function divisors({
  kernel,
  countIncludePad,
}: Pick<AveragePoolSpec, 'kernel' | 'countIncludePad'>): Float32Array {
  const full = kernel[0] * kernel[1]
  return Float32Array.from({ length: full + 1 }, (_, n) => (countIncludePad ? full : Math.max(n, 1)))
}

export const GlobalAveragePool: LayerOp<GlobalAveragePoolNode, AveragePoolSpec> = {
  ...AVERAGES,
  shape: (node, [x]) => {
    const [n, c] = image(node, x)
    return [n, c, 1, 1]
  },
  spec: (_, tensors) => {
    const [, , height, width] = tensors.inputs[0].shape
    const window: Window = { kernel: [height, width], strides: [1, 1], pads: NO_PADS, dilations: [1, 1] }
    return { op: 'AveragePool', ...tensors, ...window, countIncludePad: false }
  },
}
