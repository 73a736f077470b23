import type { Random } from '../statistics/random.ts'
import { elements, type Tensor } from '../tensor/tensor.ts'
import { floatTensor, FREE, randomFloats, randomTables, randomTensor, SHAPES, specOf } from './case.ts'
import { storeFloat, widen } from './compute/values.ts'
import { expectConstants, type NodeOf, type SpecOf, type TensorSpec } from './spec.ts'
import { nanCases } from './nan.ts'
import type { Checks, Infinities, KernelOp, LayerOp } from './record.ts'
import { PRECISION, PRECISIONS } from '../numerics/index.ts'
import { tableOf } from './table.ts'

/** Functions of one number, element by element, by their attributes. */
export interface Unary {
  /** 1 / (1 + exp(-x)). */
  readonly Sigmoid: null
  /** max(0, min(1, alpha * x + beta)); ONNX's defaults are 0.2 and 0.5. */
  readonly HardSigmoid: { readonly alpha: number; readonly beta: number }
  /** x * max(0, min(1, x / 6 + 0.5)), of opset 14. */
  readonly HardSwish: null
}

/** One function. */
interface Definition<Attributes> {
  /** By float32 steps, each rounded, as kernels compute it. */
  readonly of: (attributes: Attributes) => (x: number) => number
  readonly infinities: Infinities
  readonly bound: Exclude<Checks<SpecOf<string>>['bound'], 'exact'>
  /** What the conformance kit takes. */
  readonly tried: Attributes
}

const { exp, fround, max, min } = Math

const FUNCTIONS: { readonly [Op in keyof Unary]: Definition<Unary[Op]> } = {
  Sigmoid: {
    of: () => (x) => fround(1 / fround(1 + fround(exp(-x)))),
    infinities: 'bounded',
    // WGSL's exp errs by 3 + 2|x| ulp, and the cases go no further than 12.
    bound: { roundings: () => 2 * (3 + 2 * 12) + 12, of: 'output' },
    tried: null,
  },
  HardSigmoid: {
    of: ({ alpha, beta }) => {
      const [a, b] = [fround(alpha), fround(beta)]
      return (x) => max(0, min(1, fround(fround(a * x) + b)))
    },
    infinities: 'bounded',
    bound: { roundings: () => 12, of: 'magnitudes' },
    tried: { alpha: fround(0.2), beta: 0.5 },
  },
  HardSwish: {
    of: () => (x) => fround(fround(x * max(0, min(6, fround(x + 3)))) / 6),
    infinities: 'mixed',
    bound: { roundings: () => 12, of: 'magnitudes' },
    tried: null,
  },
}

type OpName = keyof Unary
type SpecBy<Op extends OpName> = SpecOf<Op> & (Unary[Op] extends null ? unknown : Unary[Op])
type OpBy<Op extends OpName> = LayerOp<NodeOf<Op, Unary[Op]>, SpecBy<Op>> & KernelOp<SpecBy<Op>>

/** Any shape, element by element. Constants: none, or int-table. */
export type ActivationSpec = { [Op in OpName]: SpecBy<Op> }[OpName]
export type SigmoidNode = NodeOf<'Sigmoid'>
export type HardSigmoidNode = NodeOf<'HardSigmoid', Unary['HardSigmoid']>
export type HardSwishNode = NodeOf<'HardSwish'>

/** A function by its op and attributes. */
export type Activation = { [Op in OpName]: { readonly op: Op } & Omit<SpecBy<Op>, keyof SpecOf<Op>> }[OpName]

/** The function by float32 steps, each rounded, as kernels compute it. */
export function activationOf(activation: Activation): (x: number) => number {
  return FUNCTIONS[activation.op].of(activation as never)
}

export type UnaryOps = { readonly [Op in OpName]: OpBy<Op> }
export const UNARY: UnaryOps = forEach(unary) as UnaryOps

/** Floats by the function, integers by the table that the host made of it. */
function unary<Op extends OpName>(op: Op): OpBy<Op> {
  const { infinities, of } = FUNCTIONS[op]
  return {
    weighted: false,
    clamp: 'none',
    infinities,
    gain: 'lost',
    precisions: PRECISIONS,
    shape: (_, [x]) => x,
    spec: ({ attributes }, tensors) => ({ op, ...tensors, ...attributes }) as never,
    integers: {
      grid: 'own',
      constants: ({ attributes }, { inputs: [x], output }) => ({
        kind: 'int-table',
        table: tableOf(of(attributes), x, output),
      }),
    },
    sums: () => null,
    compute: (spec, constants, [x], y) => {
      if (x.dtype === 'int8') {
        const { table } = expectConstants(spec, constants, 'int-table')
        for (let i = 0; i < x.data.length; i++) y.data[i] = table[x.data[i] + 128]
        return
      }
      expectConstants(spec, constants, 'none')
      storeFloat(y, widen(x).map(of(spec as never)), FREE)
    },
    instance: ({ inputs }, { tables }) =>
      inputs[0].dtype === 'int8' ? { kind: 'int-table', table: tables(1) } : { kind: 'none' },
  }
}

export const UNARY_CHECKS: { readonly [Op in OpName]: Checks<SpecBy<Op>> } = /* @__PURE__ */ forEach(
  checks,
) as never

function checks<Op extends OpName>(op: Op): Checks<SpecBy<Op>> {
  const { bound, tried } = FUNCTIONS[op]
  const specOn = (x: TensorSpec): SpecBy<Op> => ({ op, ...tried, inputs: [x], output: x }) as never
  return {
    bound,
    *cases(random) {
      for (const precision of PRECISIONS)
        for (const shape of SHAPES) {
          const x = specOf(PRECISION[precision].dtype, shape)
          const integer = precision === 'int8'
          yield {
            name: `${op} ${precision}: ${shape.join('x')}`,
            spec: specOn(x),
            constants: integer ? { kind: 'int-table', table: randomTables(random, 1) } : { kind: 'none' },
            inputs: [integer ? randomTensor(random, x) : wide(random, x)],
          }
        }
      yield* nanCases(({ image }) => [specOn(image), { kind: 'none' }])
    },
    ties: () => [],
  }
}

/** Floats in [-12, 12): past where the functions bend and settle. */
function wide(random: Random, { dtype, shape }: TensorSpec): Tensor {
  return floatTensor(
    dtype,
    shape,
    randomFloats(random, elements(shape)).map((value) => 6 * value),
  )
}

function forEach(make: (op: OpName) => unknown): { readonly [Op in OpName]: unknown } {
  return Object.fromEntries(Object.keys(FUNCTIONS).map((op) => [op, make(op as OpName)])) as never
}
