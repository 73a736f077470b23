import { tensor } from '@octet/core'
import { operands, type Source } from '../import/source.ts'
import { Chain } from './chain.ts'
import { declared, flag, float } from './declared.ts'
import type { NodeOf, OnnxOp } from './op.ts'

const plain: OnnxOp<NodeOf<'Gemm'>> = declared('Gemm', [2, 3], {
  alpha: float('alpha', 1),
  beta: float('beta', 1),
  transA: flag('transA', false),
  transB: flag('transB', false),
})

/** A Gemm with constants is a layer. Otherwise it is a product of computed tensors, with alpha and beta as factors. */
export const gemm: OnnxOp<NodeOf<'Gemm'>> = {
  ...plain,
  read: (source) => {
    const { attributes } = source
    const inputs = operands(source, 2, 3)
    const [a, b, c] = inputs
    const [transA, transB] = [attributes.flag('transA', false), attributes.flag('transB', false)]
    const [alpha, beta] = [attributes.float('alpha', 1), attributes.float('beta', 1)]
    const isLayer = source.constant(b) !== undefined
    const isBias = c === undefined || (source.constant(c) !== undefined && isRow(source, c))
    if (isLayer && isBias && !transA) {
      const { name, output } = source
      return { nodes: [{ op: 'Gemm', name, inputs, output, attributes: { alpha, beta, transA, transB } }] }
    }
    const chain = new Chain(source)
    const turned = (part: string, x: string, turns: boolean): string =>
      turns ? chain.add(part, { op: 'Transpose', inputs: [x], attributes: { perm: [1, 0] } }) : x
    const scaled = (part: string, x: string, by: number): string => {
      if (by === 1) return x
      const factor = source.freshConstant(
        `${source.name}.${part}`,
        tensor('float32', [], Float32Array.of(by)),
      )
      return chain.add(part, { op: 'Mul', inputs: [x, factor], attributes: null })
    }
    const left = turned('a', a, transA)
    const product = isLayer
      ? chain.add('product', {
          op: 'Gemm',
          inputs: [left, b],
          attributes: { alpha, beta: 1, transA: false, transB },
        })
      : scaled(
          'alpha',
          chain.add('product', { op: 'MatMul', inputs: [left, turned('b', b, transB)], attributes: null }),
          alpha,
        )
    if (c !== undefined)
      chain.add('sum', { op: 'Add', inputs: [product, scaled('beta', c, beta)], attributes: null })
    return chain.reading()
  },
}

/** Whether C has only one row. */
function isRow(source: Source, c: string): boolean {
  return source
    .shape(c)
    .slice(0, -1)
    .every((size) => size === 1)
}
