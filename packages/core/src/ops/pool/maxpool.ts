import { fromFloat16, PRECISIONS } from '../../numerics/index.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import type { NodeOf, Window, SpecOf } from '../spec.ts'
import type { KernelOp, LayerOp } from '../record.ts'
import { grown, image, slidOver } from '../window.ts'
import { windowsOver } from './slide.ts'

export type MaxPoolNode = NodeOf<'MaxPool', Window & { readonly ceilMode: boolean }>

/** [N,C,H,W]. Padding never wins. Constants: none. int8 keeps its qparams. */
export interface MaxPoolSpec extends SpecOf<'MaxPool'>, Window {}

export const MaxPool: LayerOp<MaxPoolNode, MaxPoolSpec> & KernelOp<MaxPoolSpec> = {
  weighted: false,
  clamp: 'none',
  infinities: 'kept',
  gain: 'kept',
  precisions: PRECISIONS,
  shape: (node, [x]) => {
    const [n, c, height, width] = image(node, x)
    return [n, c, ...slidOver(node, height, width)]
  },
  spec: (node, tensors) => ({ op: 'MaxPool', ...tensors, ...grown(node, tensors.inputs[0]) }),
  integers: { grid: 'input', constants: () => ({ kind: 'none' }) },
  sums: () => null,
  // The largest value under each window, with unchanged bits; the first NaN if there is one.
  compute: (spec, _, [input], output) => {
    const values = numbersOf(input)
    const { starts, offsets } = windowsOver(spec)
    const size = spec.inputs[0].shape[2] * spec.inputs[0].shape[3]
    for (let o = 0, plane = 0; o < output.data.length; plane += size)
      for (let position = 0; position + 1 < starts.length; position++, o++) {
        const end = starts[position + 1]
        let best = plane + offsets[starts[position]]
        let most = values[best]
        for (let i = starts[position] + 1; i < end && most === most; i++) {
          const value = values[plane + offsets[i]]
          if (value <= most) continue
          best = plane + offsets[i]
          most = value
        }
        output.data[o] = input.data[best]
      }
  },
  instance: () => ({ kind: 'none' }),
}

/**
 * The values in one type for all three dtypes, to keep the loops fast. The bits of halves do not have the order of
 * numbers.
 */
function numbersOf({ dtype, data }: Tensor): Float32Array {
  return dtype === 'float16' ? fromFloat16(data as Uint16Array) : Float32Array.from(data)
}
