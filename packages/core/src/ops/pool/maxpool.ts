import { fromFloat16, PRECISIONS } from '../../numerics/index.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import type { NodeOf, Window, SpecOf } from '../spec.ts'
import type { KernelOp, LayerOp } from '../record.ts'
import { grown, image, slidOver } from '../window.ts'
import { overWindows } from './slide.ts'

export type MaxPoolNode = NodeOf<'MaxPool', Window & { readonly ceilMode: boolean }>

/** [N,C,H,W]; padding never wins. Constants: none. int8 keeps its qparams. */
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
  // The largest value under each window, bits unchanged; the first NaN where there is one.
  compute: (spec, _, [input], output) => {
    // Half bits do not order as integers do: compare what they mean, store what they are.
    const values = input.dtype === 'float16' ? fromFloat16((input as Tensor<'float16'>).data) : input.data
    overWindows(spec, (o, offsets, count) => {
      let best = offsets[0]
      for (let i = 1; i < count && values[best] === values[best]; i++)
        if (!(values[offsets[i]] <= values[best])) best = offsets[i]
      output.data[o] = input.data[best]
    })
  },
  instance: () => ({ kind: 'none' }),
}
