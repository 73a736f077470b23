import { MOST_PRODUCTS, requantizeMultiplier, PRECISION, PRECISIONS } from '../numerics/index.ts'
import type { Random } from '../statistics/random.ts'
import { bytes, FREE, randomTensor, specOf, WHOLE, alsoFixedPoint, type Case } from './case.ts'
import { storeFloat, storeInteger, widen, inInt32 } from './compute/values.ts'
import { multiply } from './compute/product.ts'
import { expectConstants, type NodeOf, type Constants, type Rescaling, type SpecOf } from './spec.ts'
import { broadcast } from './pair/pair.ts'
import { CONTRADICTION, shapesOf, fail } from './message.ts'
import type { Shape } from '../tensor/tensor.ts'
import type { Checks, KernelOp, LayerOp } from './record.ts'

export type MatMulNode = NodeOf<'MatMul'>

/**
 * Two activations: a [M,K], b [K,N] -> [M,N]; or a [B,M,K], b [B,K,N] -> [B,M,N], as B separate products. Constants:
 * clamp or int-matmul.
 */
export interface MatMulSpec extends SpecOf<'MatMul'>, Rescaling {}

/** The shape of a product: the leading sizes that both operands broadcast to, and the sizes of each operand alone. */
interface Sides {
  readonly batch: Shape
  /** Empty if the left operand is a vector. */
  readonly rows: Shape
  readonly inner: number
  /** Empty if the right operand is a vector. */
  readonly columns: Shape
}

/**
 * Multiplies shapes like numpy.matmul.
 * @throws OctetError naming the node if the shapes do not fit together.
 */
export function sidesOf(node: NodeOf<string>, inputs: readonly Shape[]): Sides {
  const [a, b] = inputs
  const inner = a.at(-1)!
  if (a.length === 0 || b.length === 0 || inner !== b.at(Math.max(-2, -b.length)))
    fail(node, `${shapesOf(inputs)} do not multiply: inner sizes differ`, CONTRADICTION)
  return {
    batch: broadcast(node, a.slice(0, -2), b.slice(0, -2)),
    rows: a.slice(-2, -1),
    inner,
    columns: b.length > 1 ? b.slice(-1) : [],
  }
}

export const MatMul: LayerOp<MatMulNode, MatMulSpec> & KernelOp<MatMulSpec> = {
  weighted: false,
  clamp: 'fused',
  infinities: 'mixed',
  gain: 'lost',
  precisions: PRECISIONS,
  shape: (node, inputs) => {
    const { batch, rows, columns } = sidesOf(node, inputs)
    return [...batch, ...rows, ...columns]
  },
  spec: (node, tensors) => {
    const [a, b] = tensors.inputs.map(({ shape }) => shape)
    if (a.length !== b.length || a.length > 3 || a.length < 2 || (a.length === 3 && a[0] !== b[0]))
      fail(
        node,
        `it multiplies ${shapesOf([a, b])}, and kernels [M,K] by [K,N] or [B,M,K] by [B,K,N]`,
        'make a model of the graph with modelOf, which brings it to that form',
      )
    return { op: 'MatMul', ...tensors }
  },
  integers: {
    grid: 'own',
    constants: (_, { inputs: [a, b], output, clamp }) => ({
      kind: 'int-matmul',
      multiplier: requantizeMultiplier(a.scale[0], b.scale[0], output.scale[0]),
      aZeroPoint: a.zeroPoint[0],
      bZeroPoint: b.zeroPoint[0],
      outputZeroPoint: output.zeroPoint[0],
      clamp,
    }),
  },
  sums: ({ inputs }) => ({ count: inputs[0].shape.at(-1)!, of: 'products' }),
  compute: (spec, constants, [a, b], output) => {
    const [p, k] = spec.inputs[0].shape.slice(-2)
    const m = spec.output.shape.at(-1)!
    const integer = a.dtype === 'int8' ? expectConstants(spec, constants, 'int-matmul') : undefined
    const [left, right] = [widen(a, integer?.aZeroPoint), widen(b, integer?.bZeroPoint)]
    const turned = new Float64Array(k * m)
    const sums = new Float64Array(output.data.length)
    for (let offset = 0, at = 0; offset < sums.length; offset += p * m, at++) {
      const factor = right.subarray(at * k * m)
      for (let i = 0; i < k; i++) for (let j = 0; j < m; j++) turned[j * k + i] = factor[i * m + j]
      multiply(left.subarray(at * p * k), turned, { p, m, k }, sums, { offset, row: m, weight: 1 })
    }
    if (integer === undefined)
      return storeFloat(output, sums, expectConstants(spec, constants, 'clamp').clamp)
    for (const sum of sums) inInt32(sum, spec.op)
    const { multiplier, outputZeroPoint: zeroPoint, clamp } = integer
    storeInteger(output, sums, { multiplier, zeroPoint, clamp }, spec.fixedPoint)
  },
  instance: ({ inputs: [a] }, { multiplier, zeroPoints }) =>
    a.dtype === 'int8'
      ? integers(multiplier(a.shape.at(-1)!, 127), zeroPoints, 5)
      : { kind: 'clamp', clamp: FREE },
}

function integers(
  multiplier: number,
  [aZeroPoint, bZeroPoint]: readonly [number, number],
  outputZeroPoint: number,
): Constants {
  return { kind: 'int-matmul', multiplier, aZeroPoint, bZeroPoint, outputZeroPoint, clamp: WHOLE }
}

export const MatMulChecks: Checks<MatMulSpec> = {
  bound: { roundings: ({ inputs }) => inputs[0].shape.at(-1)! + 4, of: 'magnitudes' },
  cases: (random) => alsoFixedPoint(drawn(random)),
  ties,
}

/** Single and batched products: with few rows, of ragged sizes, and of whole vectors. */
const SIZES: readonly (readonly [batch: readonly number[], m: number, k: number, n: number])[] = [
  [[], 5, 19, 7],
  [[3], 1, 5, 1],
  [[2], 5, 19, 7],
  [[2], 19, 6, 11],
  [[3], 16, 32, 24],
]

function* drawn(random: Random): Generator<Case<MatMulSpec>> {
  for (const precision of PRECISIONS)
    for (const [batch, m, k, n] of SIZES) {
      const [a, b, output] = [
        [m, k],
        [k, n],
        [m, n],
      ].map((shape) => specOf(PRECISION[precision].dtype, [...batch, ...shape]))
      yield {
        name: `MatMul ${precision}: ${batch.map((count) => `${count} of `).join('')}${m}x${k}x${n}`,
        spec: { op: 'MatMul', inputs: [a, b], output },
        constants:
          precision === 'int8'
            ? integers(Math.fround(0.002), [-13, 40], 5)
            : { kind: 'clamp', clamp: [-3, 8] },
        inputs: [randomTensor(random, a), randomTensor(random, b)],
      }
    }
}

/** Factors whose products with some bytes are odd multiples of 255 or of 127. */
const FACTORS: readonly number[] = [1, 3, 5, 15, 17, 51, 85, 127, -1, -3, -5, -15, -17, -51, -85, -127]

/** Every byte by 256 or 16 factors; then sums too large for float32, each a few units from a tie. */
function* ties(thin: boolean): Generator<Case<MatMulSpec>> {
  const count = thin ? FACTORS.length : 256
  const [column, row] = [specOf('int8', [256, 1]), specOf('int8', [1, count])]
  for (const divisor of [510, 254])
    yield {
      name: `MatMul int8: pairs of bytes by 1/${divisor}`,
      spec: { op: 'MatMul', inputs: [column, row], output: specOf('int8', [256, count]) },
      constants: integers(Math.fround(1 / divisor), [0, 0], 0),
      inputs: [bytes(column.shape, (i) => i - 128), bytes(row.shape, (i) => (thin ? FACTORS[i] : i - 128))],
    }
  // Row i sums (2 i + 129) 2^17 from -128 by -128, and column j adds j - 4. Times 2^-18, the sum of the row is a tie.
  const [rows, columns, depth] = [10, 9, 8 * 147 + 1]
  const [a, b] = [specOf('int8', [rows, depth]), specOf('int8', [depth, columns])]
  yield {
    name: 'MatMul int8: sums from 2^24, a few units from ties',
    spec: { op: 'MatMul', inputs: [a, b], output: specOf('int8', [rows, columns]) },
    constants: integers(2 ** -18, [0, 0], 0),
    inputs: [
      bytes(a.shape, (i) => {
        const [r, k] = [Math.floor(i / depth), i % depth]
        return k === depth - 1 ? 1 : k < 8 * (2 * r + 129) ? -128 : 0
      }),
      bytes(b.shape, (i) => (i < (depth - 1) * columns ? -128 : (i % columns) - 4)),
    ],
  }
  // The most products that int32 holds: 255 * 255 each in the first column, of either sign, and less in other columns.
  const [ends, width] = [specOf('int8', [2, MOST_PRODUCTS]), 4]
  for (const bZeroPoint of WHOLE)
    yield {
      name: `MatMul int8: ${MOST_PRODUCTS} products, the largest sums from zero points -128 and ${bZeroPoint}`,
      spec: {
        op: 'MatMul',
        inputs: [ends, specOf('int8', [MOST_PRODUCTS, width])],
        output: specOf('int8', [2, width]),
      },
      constants: integers(126.6 / 2 ** 31, [-128, bZeroPoint], 0),
      inputs: [
        bytes(ends.shape, (i) => (i < MOST_PRODUCTS ? 127 : 126)),
        bytes([MOST_PRODUCTS, width], (i) => (-1 - bZeroPoint) ^ (i % width)),
      ],
    }
}
