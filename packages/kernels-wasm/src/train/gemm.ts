import { elements, type GemmNode, type MatMulNode } from '@octet/core'
import type { Operator, Value } from '@octet/core/training'
import { floatBits } from '../memory/shelf.ts'
import type { Arena } from './arena.ts'
import { at, type Bind } from './operator.ts'

/** A matrix at an address. Steps count elements. */
interface Laid {
  readonly address: number
  readonly rowStep: number
  readonly columnStep: number
}

/** alpha * A * B' + beta * C, where A is the activation [N, K], and C is absent or has one row. */
export const bindGemm: Bind<GemmNode> = (arena, node, [a, b, c], y) => {
  const { kernels } = arena
  const { alpha, beta, transA, transB } = node.attributes
  if (transA) return undefined
  const product = bindProduct(arena, a, b, transB, alpha, y)
  if (c === undefined || product === undefined) return product
  const columns = elements(y.shape)
  if (c.grad === null || c.data.length !== columns || c.shape.at(-1) !== columns) return undefined
  const [row, dRow, to, dy] = [at(c.data), at(c.grad), at(y.data), at(y.grad)]
  return {
    forward: (batch, mode) => {
      product.forward(batch, mode)
      kernels.addRow(to, row, batch, columns, beta)
    },
    backward: (batch) => {
      product.backward(batch)
      if (dy) kernels.addColumnSums(dRow, dy, batch, columns, beta)
    },
  }
}

/** A [N, K] times a constant B [K, M]. */
export const bindMatMul: Bind<MatMulNode> = (arena, _, [a, b], y) => bindProduct(arena, a, b, false, 1, y)

function bindProduct(
  arena: Arena,
  a: Value,
  b: Value,
  transB: boolean,
  alpha: number,
  y: Value,
): Operator | undefined {
  if (!a.batched || b.batched || b.shape.length !== 2 || b.grad === null || a.shape.length !== 1)
    return undefined
  const { kernels } = arena
  const [k, m] = transB ? [b.shape[1], b.shape[0]] : b.shape
  const laid = (array: Float32Array): Laid => ({
    address: at(array),
    rowStep: transB ? 1 : m,
    columnStep: transB ? k : 1,
  })
  const activation = (array: Float32Array | null, columns: number): Laid => ({
    address: at(array),
    rowStep: columns,
    columnStep: 1,
  })
  const capacity = y.data.length / m
  const rooms = [
    arena.room(capacity * Math.max(k, m)),
    arena.room(8 * Math.max(k, m, capacity)),
    arena.room(5 * 8),
  ]
  /** The task of C = alpha * A * B, which may also be added to C: [rows, inner] times [inner, columns]. */
  const task = (
    c: Laid,
    left: Laid,
    right: Laid,
    sizes: readonly number[],
    add: boolean,
  ): number | undefined => {
    const matrices = [left, right, c].flatMap((one) => [one.address, one.rowStep, one.columnStep])
    return arena.task(matrices, sizes, [floatBits(alpha), Number(add)], rooms)
  }
  const errors = activation(y.grad, m)
  const weights = laid(b.data)
  // W in its own layout: a transposed B' is M x K in memory.
  const [left, right, rows, columns] = transB
    ? [turned(errors), activation(a.data, k), m, k]
    : [turned(activation(a.data, k)), errors, k, m]
  const forward = task(activation(y.data, m), activation(a.data, k), weights, [capacity, k, m], false)
  const byWeights = task(activation(b.grad, columns), left, right, [rows, capacity, columns], true)
  const byInput = task(activation(a.grad, k), errors, turned(weights), [capacity, m, k], true)
  if (forward === undefined || byWeights === undefined || byInput === undefined) return undefined
  return {
    forward: (batch) => {
      arena.set(forward, ROWS, batch)
      kernels.multiplyMatrices(forward)
    },
    backward: (batch) => {
      if (y.grad === null) return
      arena.set(byWeights, INNER, batch)
      kernels.multiplyMatrices(byWeights)
      if (a.grad === null) return
      arena.set(byInput, ROWS, batch)
      kernels.multiplyMatrices(byInput)
    },
  }
}

/** Words of a task (assembly/train/matrix.ts) after the batch. */
const ROWS = 9
const INNER = 10

function turned({ address, rowStep, columnStep }: Laid): Laid {
  return { address, rowStep: columnStep, columnStep: rowStep }
}
