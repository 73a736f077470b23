import { FLOAT_PRECISIONS, PRECISION } from '../numerics/index.ts'
import type { Random } from '../statistics/random.ts'
import { floatTensor, FREE, randomTensor, specOf, type Case } from './case.ts'
import { storeFloat, widen } from './compute/values.ts'
import { bracketed, fail } from './message.ts'
import { withNaN } from './nan.ts'
import type { Checks, KernelOp, LayerOp } from './record.ts'
import { alongAxis, expectRows } from './rows.ts'
import type { NodeOf, SpecOf } from './spec.ts'

/**
 * The index of the largest value along an axis, which stays with size 1. Of several largest values, it takes the first
 * or the last.
 */
export type ArgMaxNode = NodeOf<'ArgMax', { readonly axis: number; readonly selectLast: boolean }>

/**
 * [R,F] -> [R,1]: the index of each row's largest value, as a float. NaN counts as the largest. Of several equal
 * values, it takes the first or the last. Constants: none.
 */
export interface ArgMaxSpec extends SpecOf<'ArgMax'> {
  readonly selectLast: boolean
}

/** Every whole number up to this limit is a float of the dtype. */
const LARGEST_PLACE = { float32: 2 ** 24, float16: 2 ** 11 } as const

export const ArgMax: LayerOp<ArgMaxNode, ArgMaxSpec> & KernelOp<ArgMaxSpec> = {
  weighted: false,
  clamp: 'none',
  infinities: 'bounded',
  gain: 'lost',
  integers: null,
  precisions: FLOAT_PRECISIONS,
  shape: (node, [x]) => x.with(alongAxis(node, x), 1),
  spec: (node, tensors) => {
    const { shape } = tensors.inputs[0]
    expectRows(node, shape)
    const { dtype } = tensors.output
    if (dtype === 'float16' && shape[1] - 1 > LARGEST_PLACE.float16)
      fail(
        node,
        `places along ${bracketed(shape)} are past ${LARGEST_PLACE.float16}, what float16 counts to`,
        'keep this layer in fp32',
      )
    return { op: 'ArgMax', ...tensors, selectLast: node.attributes.selectLast }
  },
  sums: () => null,
  compute: (spec, _, [input], output) => {
    const [rows, width] = spec.inputs[0].shape
    const x = widen(input)
    const places = Float64Array.from({ length: rows }, (__, row) => {
      const values = x.subarray(row * width, (row + 1) * width)
      const most = values.includes(NaN) ? NaN : values.reduce((a, b) => Math.max(a, b))
      // Zeros of both signs are equal, also for indexOf. NaN is found because it does not equal itself.
      if (Number.isNaN(most))
        return spec.selectLast ? values.findLastIndex(Number.isNaN) : values.findIndex(Number.isNaN)
      return spec.selectLast ? values.lastIndexOf(most) : values.indexOf(most)
    })
    storeFloat(output, places, FREE)
  },
  instance: () => ({ kind: 'none' }),
}

export const ArgMaxChecks: Checks<ArgMaxSpec> = { bound: 'exact', cases, ties: () => [] }

function* cases(random: Random): Generator<Case<ArgMaxSpec>> {
  for (const precision of FLOAT_PRECISIONS)
    for (const selectLast of [false, true]) {
      const { dtype } = PRECISION[precision]
      const [wide, few] = [specOf(dtype, [3, 37]), specOf(dtype, [9, 7])]
      const title = selectLast ? 'the last' : 'the first'
      const specOn = (x: typeof wide): ArgMaxSpec => ({
        op: 'ArgMax',
        inputs: [x],
        output: specOf(dtype, [x.shape[0], 1]),
        selectLast,
      })
      yield {
        name: `ArgMax ${precision}: 3x37, ${title}`,
        spec: specOn(wide),
        constants: { kind: 'none' },
        inputs: [randomTensor(random, wide)],
      }
      // Rows of zeros of both signs, and rows whose largest value occurs twice.
      const twice = Float32Array.from({ length: 63 }, (_, i) => {
        const [row, at] = [Math.floor(i / 7), i % 7]
        return row === 0 ? (at % 2 === 0 ? -0 : 0) : at === row % 7 || at === (row + 3) % 7 ? row : -Infinity
      })
      yield {
        name: `ArgMax ${precision}: 9x7, ${title} of two`,
        spec: specOn(few),
        constants: { kind: 'none' },
        inputs: [floatTensor(dtype, few.shape, twice)],
      }
      yield {
        name: `ArgMax ${precision}: NaN is the largest, ${title}`,
        spec: specOn(wide),
        constants: { kind: 'none' },
        inputs: [withNaN(dtype, wide.shape, 3)],
      }
    }
}
