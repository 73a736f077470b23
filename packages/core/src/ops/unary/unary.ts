import { PRECISIONS } from '../../numerics/index.ts'
import { FREE } from '../case.ts'
import { storeFloat, widen } from '../compute/values.ts'
import type { KernelOp, LayerOp } from '../record.ts'
import { expectConstants, type NodeOf, type SpecOf } from '../spec.ts'
import { tableOf } from '../table.ts'
import { FUNCTIONS, type Unary } from './functions.ts'

type OpName = keyof Unary
export type SpecBy<Op extends OpName> = SpecOf<Op> & (Unary[Op] extends null ? unknown : Unary[Op])
type OpBy<Op extends OpName> = LayerOp<NodeOf<Op, Unary[Op]>, SpecBy<Op>> & KernelOp<SpecBy<Op>>

/** Any shape, element by element. Constants: none, or int-table. */
export type ActivationSpec = { [Op in OpName]: SpecBy<Op> }[OpName]
/** The node of a function. */
export type UnaryNode<Op extends OpName = OpName> = { [O in Op]: NodeOf<O, Unary[O]> }[Op]

/** A function, as its op and attributes. */
export type Activation = { [Op in OpName]: { readonly op: Op } & Omit<SpecBy<Op>, keyof SpecOf<Op>> }[OpName]

/** The function in float64, or by the float32 steps of kernels if these define it. */
export function activationOf(activation: Activation): (x: number) => number {
  return FUNCTIONS[activation.op].of(activation as never)
}

export type UnaryOps = { readonly [Op in OpName]: OpBy<Op> }
export const UNARY: UnaryOps = forEachFunction(unary) as UnaryOps

/** Applies the function to floats, and the host's table of it to integers. */
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

/** A record with the result of `make` for each function. */
export function forEachFunction(make: (op: OpName) => unknown): { readonly [Op in OpName]: unknown } {
  return Object.fromEntries(Object.keys(FUNCTIONS).map((op) => [op, make(op as OpName)])) as never
}
