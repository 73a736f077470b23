import type { Random } from '../statistics/random.ts'
import { FREE, randomTensor, specOf, type Case } from './case.ts'
import { storeFloat, widen } from './compute/values.ts'
import { bracketed, fail } from './message.ts'
import { nanCases } from './nan.ts'
import type { NodeOf, SpecOf } from './spec.ts'
import type { Checks, KernelOp, LayerOp } from './record.ts'
import { PRECISION, type Precision } from '../numerics/index.ts'

export type SoftmaxNode = NodeOf<'Softmax', { readonly axis: number }>

/** Over the last axis of [N,F]; float only. Constants: none. */
export interface SoftmaxSpec extends SpecOf<'Softmax'> {}

const FLOATS = ['fp32', 'fp16'] as const satisfies readonly Precision[]

/** Float only: its output has no grid of its own that would be worth rounding to. */
export const Softmax: LayerOp<SoftmaxNode, SoftmaxSpec> & KernelOp<SoftmaxSpec> = {
  weighted: false,
  clamp: 'none',
  infinities: 'shared',
  gain: 'lost',
  integers: null,
  precisions: FLOATS,
  shape: (_, [x]) => x,
  spec: (node, tensors) => {
    const { shape } = tensors.output
    if (shape.length !== 2 || (node.attributes.axis + 2) % 2 !== 1)
      fail(
        node,
        `over axis ${node.attributes.axis} of ${bracketed(shape)}: only over all values of a sample, as the last axis of [N,F]`,
        'end the model before the Softmax, or flatten its input to [N,F] when the model is exported',
      )
    return { op: 'Softmax', ...tensors }
  },
  sums: () => null,
  compute: (spec, _, [input], output) => {
    const width = spec.inputs[0].shape[1]
    const x = widen(input)
    for (let row = 0; row < x.length; row += width) {
      let max = -Infinity
      for (let i = row; i < row + width; i++) max = Math.max(max, x[i])
      let sum = 0
      for (let i = row; i < row + width; i++) sum += x[i] = Math.exp(x[i] - max)
      for (let i = row; i < row + width; i++) x[i] /= sum
    }
    storeFloat(output, x, FREE)
  },
  instance: () => ({ kind: 'none' }),
}

export const SoftmaxChecks: Checks<SoftmaxSpec> = {
  // WGSL's exp (3 + 2|x| ulp) of at most 4 below the maximum, here and in the sum, then a division of 2.5 ulp.
  bound: { roundings: ({ inputs }) => inputs[0].shape[1] + 32, of: 'output' },
  cases,
  ties: () => [],
}

function* cases(random: Random): Generator<Case<SoftmaxSpec>> {
  for (const precision of FLOATS)
    for (const width of [1, 10, 37]) {
      const x = specOf(PRECISION[precision].dtype, [3, width])
      yield {
        name: `Softmax ${precision}: 3x${width}`,
        spec: { op: 'Softmax', inputs: [x], output: x },
        constants: { kind: 'none' },
        inputs: [randomTensor(random, x)],
      }
    }
  yield* nanCases(({ row }) => [{ op: 'Softmax', inputs: [row], output: row }, { kind: 'none' }])
}
