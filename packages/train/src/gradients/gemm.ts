import { elements, type GemmNode, type MatMulNode, nameOf, OctetError } from '@octet/core'
import type { Matrix, MatrixProduct, Operator, Value } from '@octet/core/training'
import type { Bind } from './bind.ts'
import { matrixOf, transpose } from './matrix.ts'
import { broadcast } from './broadcast.ts'

/** alpha * A * B' + beta * C, where A is the activation [N, K], and B and C are constants. */
export const bindGemm: Bind<GemmNode> = (node, [a, b, c], output, { multiply }) => {
  const { alpha, beta, transA, transB } = node.attributes
  if (transA)
    throw new OctetError(
      `${nameOf(node)} transposes its activation, which would mix the samples of a batch`,
      'export the model with transA = 0, the batch in front',
    )
  const product = bindProduct(a, b, { transB, alpha }, output, { node, multiply })
  if (c === undefined) return product
  const { data: y, grad: dy } = output
  const { count, inner } = broadcast(c, output, node)
  const size = elements(output.shape)
  return {
    forward(batch, mode) {
      product.forward(batch, mode)
      const { data } = c
      for (let from = 0; from < batch * size;)
        for (let k = 0; k < count; k++)
          for (const end = from + inner; from < end; from++) y[from] += beta * data[k]
    },
    backward(batch) {
      product.backward(batch)
      const { grad } = c
      if (grad === null || dy === null) return
      for (let from = 0; from < batch * size;)
        for (let k = 0; k < count; k++)
          for (const end = from + inner; from < end; from++) grad[k] += beta * dy[from]
    },
  }
}

/** A [N, K] times a constant B [K, M]. */
export const bindMatMul: Bind<MatMulNode> = (node, [a, b], output, { multiply }) =>
  bindProduct(a, b, { transB: false, alpha: 1 }, output, { node, multiply })

function bindProduct(
  a: Value,
  b: Value,
  { transB, alpha }: { readonly transB: boolean; readonly alpha: number },
  output: Value,
  { node, multiply }: { readonly node: GemmNode | MatMulNode; readonly multiply: MatrixProduct },
): Operator {
  if (!a.batched || b.batched || b.shape.length !== 2)
    throw new OctetError(
      `${nameOf(node)} cannot be trained: its left side must be an activation and its right side a constant matrix`,
      'quantize the model without training it',
    )
  const [k, m] = transB ? [b.shape[1], b.shape[0]] : b.shape
  const laid = (data: Float32Array): Matrix =>
    transB ? transpose(matrixOf(data, m, k)) : matrixOf(data, k, m)
  return {
    forward(batch) {
      multiply(matrixOf(output.data, batch, m), matrixOf(a.data, batch, k), laid(b.data), {
        alpha,
        add: false,
      })
    },
    backward(batch) {
      if (output.grad === null) return
      const errors = matrixOf(output.grad, batch, m)
      const options = { alpha, add: true }
      if (b.grad !== null) multiply(laid(b.grad), transpose(matrixOf(a.data, batch, k)), errors, options)
      if (a.grad !== null) multiply(matrixOf(a.grad, batch, k), errors, transpose(laid(b.data)), options)
    },
  }
}
