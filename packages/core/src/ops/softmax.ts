import type { Random } from '../statistics/random.ts'
import { FREE, randomTensor, specOf, type Case } from './case.ts'
import { storeFloat, widen } from './compute/values.ts'
import { nanCases } from './nan.ts'
import { alongAxis, expectRows } from './rows.ts'
import type { NodeOf, SpecOf } from './spec.ts'
import type { Checks, KernelOp, LayerOp } from './record.ts'
import { FLOAT_PRECISIONS, PRECISION } from '../numerics/index.ts'

export type SoftmaxNode = NodeOf<'Softmax', { readonly axis: number }>
/** The logarithm of Softmax. */
export type LogSoftmaxNode = NodeOf<'LogSoftmax', { readonly axis: number }>

/** Softmax over the last axis of [R,F]; floats only. Constants: none. */
export interface SoftmaxSpec extends SpecOf<'Softmax'> {
  /** The logarithm of Softmax: x - max - log(Σ exp(x - max)). */
  readonly log?: true
}

/** Floats only: an own grid for the output would not be worth its rounding. */
const OVER_ROWS: Omit<LayerOp<SoftmaxNode | LogSoftmaxNode, SoftmaxSpec>, 'infinities'> = {
  weighted: false,
  clamp: 'none',
  gain: 'lost',
  integers: null,
  shape: (node, [x]) => {
    alongAxis(node, x)
    return x
  },
  spec: (node, tensors) => {
    expectRows(node, tensors.output.shape)
    return { op: 'Softmax', ...tensors, ...(node.op === 'LogSoftmax' && { log: true }) }
  },
}

export const LogSoftmax: LayerOp<LogSoftmaxNode, SoftmaxSpec> = { ...OVER_ROWS, infinities: 'mixed' }

export const Softmax: LayerOp<SoftmaxNode, SoftmaxSpec> & KernelOp<SoftmaxSpec> = {
  ...OVER_ROWS,
  infinities: 'shared',
  precisions: FLOAT_PRECISIONS,
  sums: () => null,
  compute: (spec, _, [input], output) => {
    const width = spec.inputs[0].shape[1]
    const x = widen(input)
    for (let row = 0; row < x.length; row += width) {
      let max = -Infinity
      for (let i = row; i < row + width; i++) max = Math.max(max, x[i])
      let sum = 0
      for (let i = row; i < row + width; i++) {
        x[i] -= max
        sum += Math.exp(x[i])
      }
      const log = Math.log(sum)
      for (let i = row; i < row + width; i++) x[i] = spec.log === true ? x[i] - log : Math.exp(x[i]) / sum
    }
    storeFloat(output, x, FREE)
  },
  instance: () => ({ kind: 'none' }),
}

export const SoftmaxChecks: Checks<SoftmaxSpec> = {
  // WGSL's exp (3 + 2|x| ulp) of at most 4 below the maximum, here and in the sum, then a division of 2.5 ulp or a
  // logarithm of 3. In rows longer than 1, differences and logarithms are at most a few times the output.
  bound: { roundings: ({ inputs, log }) => inputs[0].shape[1] + (log === true ? 64 : 32), of: 'output' },
  cases,
  ties: () => [],
}

function* cases(random: Random): Generator<Case<SoftmaxSpec>> {
  for (const precision of FLOAT_PRECISIONS)
    for (const width of [1, 10, 37])
      for (const log of [false, true]) {
        const x = specOf(PRECISION[precision].dtype, [3, width])
        yield {
          name: `Softmax ${precision}: 3x${width}${log ? ', its logarithm' : ''}`,
          spec: { op: 'Softmax', inputs: [x], output: x, ...(log && { log }) },
          constants: { kind: 'none' },
          inputs: [randomTensor(random, x)],
        }
      }
  yield* nanCases(({ row }) => [{ op: 'Softmax', inputs: [row], output: row }, { kind: 'none' }])
}
