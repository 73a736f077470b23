import { multiply } from '../compute/product.ts'
import { shapesOf, CONTRADICTION, fail } from '../message.ts'
import type { NodeOf, Rescaling, SpecOf, WeightTraits } from '../spec.ts'
import type { KernelOp, LayerOp } from '../record.ts'
import { computeWeighted, instanceOfWeights, WEIGHTED } from '../weighted/weighted.ts'

/** alpha * A' * B' + beta * C. */
export type GemmNode = NodeOf<
  'Gemm',
  { readonly alpha: number; readonly beta: number; readonly transA: boolean; readonly transB: boolean }
>

/** x [M,K] -> y [M,N]. Constants: float-weights or int-weights, weight [N,K]: one row an output. */
export interface GemmSpec extends SpecOf<'Gemm'>, Rescaling, WeightTraits {}

export const Gemm: LayerOp<GemmNode, GemmSpec> & KernelOp<GemmSpec> = {
  ...WEIGHTED,
  shape: (node, inputs) => {
    const { transA, transB } = node.attributes
    const [a, b] = inputs
    if (a.length !== 2 || b.length !== 2)
      fail(
        node,
        `it multiplies matrices, got ${shapesOf(inputs.slice(0, 2))}`,
        'put a Flatten before it when the model is exported',
      )
    const [m, k] = transA ? [a[1], a[0]] : a
    const [inner, n] = transB ? [b[1], b[0]] : b
    if (k !== inner) fail(node, `inner sizes ${k} and ${inner} differ`, CONTRADICTION)
    return [m, n]
  },
  spec: (_, tensors) => ({ op: 'Gemm', ...tensors }),
  sums: ({ inputs }) => ({ count: inputs[0].shape[1], of: 'products' }),
  compute: (spec, constants, [x], y) =>
    computeWeighted(spec, constants, x, y, (wide, weight) => {
      const [p, k] = spec.inputs[0].shape
      const m = spec.output.shape[1]
      const sums = new Float64Array(p * m)
      multiply(wide, weight, { p, m, k }, sums, { offset: 0, row: m, weight: 1 })
      return sums
    }),
  instance: (spec, draw) => instanceOfWeights(spec, [spec.output.shape[1], spec.inputs[0].shape[1]], draw),
}
