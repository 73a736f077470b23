import { tensor, type Tensor } from '../../tensor/tensor.ts'
import { bracketed, fail } from '../../ops/message.ts'
import type { GemmNode } from '../../ops/gemm.ts'
import type { MatMulNode } from '../../ops/matmul.ts'
import { requireFinite, type ConstantAt } from './rewriter.ts'

/** A Gemm without anything to fold: y = x * W^T + b. */
export function plainGemm(node: GemmNode | MatMulNode): GemmNode {
  return { ...node, op: 'Gemm', attributes: { alpha: 1, beta: 1, transA: false, transB: true } }
}

/**
 * W [N,K] and b [N] of a Gemm, with alpha and beta folded in.
 * @throws OctetError if they do not fit every batch size.
 */
export function gemmConstants(node: GemmNode, constant: ConstantAt): [Tensor<'float32'>, Float32Array] {
  const { alpha, beta, transA, transB } = node.attributes
  if (transA)
    fail(
      node,
      'transA would turn the batch of its activation into features',
      'export the model with transA = 0, the batch in front',
    )
  const stored = transB ? constant(1) : transpose(constant(1))
  const weight =
    alpha === 1
      ? stored
      : tensor(
          'float32',
          stored.shape,
          stored.data.map((w) => w * alpha),
        )
  if (alpha !== 1) requireFinite(node, weight.data)
  const outputs = weight.shape[0]
  if (node.inputs.length < 3) return [weight, new Float32Array(outputs)]
  const bias = constant(2)
  requireRow(node, bias, outputs)
  const { data } = bias
  return [weight, Float32Array.from({ length: outputs }, (_, n) => beta * data[data.length === 1 ? 0 : n])]
}

/** C broadcasts to [M,N] from its end. A C with several rows fits only a batch of that many samples. */
function requireRow(node: GemmNode, { shape }: Tensor<'float32'>, outputs: number): void {
  const columns = shape.at(-1) ?? 1
  const rows = shape.slice(0, -1)
  const mend = `give C one value for each of the ${outputs} outputs, as [${outputs}] or [1, ${outputs}]`
  if (columns !== 1 && columns !== outputs)
    fail(node, `C ${bracketed(shape)} does not fit ${outputs} outputs`, mend)
  const many = rows.find((size) => size !== 1)
  if (many !== undefined) fail(node, `C ${bracketed(shape)} holds for batch ${many} only`, mend)
}

/** Transposes [R,C] to [C,R]. */
export function transpose(matrix: Tensor<'float32'>): Tensor<'float32'> {
  const [rows, columns] = matrix.shape
  const turned = tensor('float32', [columns, rows])
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < columns; c++) turned.data[c * rows + r] = matrix.data[r * columns + c]
  return turned
}
