import type { Random } from '../statistics/random.ts'
import { tensor } from '../tensor/tensor.ts'
import { FREE, randomTensor, SHAPES, SPECIAL_HALVES, specOf, type Case } from './case.ts'
import { storeFloat, storeInteger, widen } from './compute/values.ts'
import { expectConstants, type NodeOf, type SpecOf } from './spec.ts'
import { HELD, nanCases } from './nan.ts'
import type { Checks, KernelOp, LayerOp } from './record.ts'
import { PRECISION, PRECISIONS } from '../numerics/index.ts'

export type ReluNode = NodeOf<'Relu'>
/** The bounds are attributes, although opset 13 passes them as inputs: they are always constants. */
export type ClipNode = NodeOf<'Clip', { readonly min: number; readonly max: number }>

/** Any shape. Constants: clamp. For int8, the bounds are in quantized units, and the qparams stay the same. */
export interface ClipSpec extends SpecOf<'Clip'> {}

type Shared = Omit<LayerOp<ReluNode | ClipNode, ClipSpec>, 'clamp'>

const HOLDS: Shared = {
  weighted: false,
  infinities: 'kept',
  gain: 'kept',
  shape: (_, [x]) => x,
  spec: (_, tensors) => ({ op: 'Clip', ...tensors }),
  integers: { grid: 'input', constants: (_, { clamp }) => ({ kind: 'clamp', clamp }) },
}

export const Relu: LayerOp<ReluNode, ClipSpec> = { ...HOLDS, clamp: () => [0, Infinity] }

export const Clip: LayerOp<ClipNode, ClipSpec> & KernelOp<ClipSpec> = {
  ...HOLDS,
  clamp: ({ attributes }) => [attributes.min, attributes.max],
  precisions: PRECISIONS,
  sums: () => null,
  compute: (spec, constants, [x], y) => {
    const { clamp } = expectConstants(spec, constants, 'clamp')
    if (y.dtype === 'int8') storeInteger(y, x.data, { multiplier: 1, zeroPoint: 0, clamp })
    else storeFloat(y, widen(x), clamp)
  },
  instance: ({ inputs }) => ({ kind: 'clamp', clamp: inputs[0].dtype === 'int8' ? [-100, 100] : [-1, 1] }),
}

export const ClipChecks: Checks<ClipSpec> = { bound: 'exact', cases, ties: () => [] }

function* cases(random: Random): Generator<Case<ClipSpec>> {
  for (const precision of PRECISIONS)
    for (const shape of SHAPES) {
      const x = specOf(PRECISION[precision].dtype, shape)
      yield {
        name: `Clip ${precision}: ${shape.join('x')}`,
        spec: { op: 'Clip', inputs: [x], output: x },
        constants: { kind: 'clamp', clamp: precision === 'int8' ? [-7, 90] : [-0.5, 1] },
        inputs: [randomTensor(random, x)],
      }
    }
  const halves = specOf('float16', [1, SPECIAL_HALVES.length])
  // Without bounds, the output equals the input bit by bit.
  yield {
    name: 'Clip fp16: subnormals and infinities survive',
    spec: { op: 'Clip', inputs: [halves], output: halves },
    constants: { kind: 'clamp', clamp: FREE },
    inputs: [tensor('float16', halves.shape, Uint16Array.from(SPECIAL_HALVES))],
  }
  yield* nanCases(({ image }) => [{ op: 'Clip', inputs: [image], output: image }, HELD])
}
