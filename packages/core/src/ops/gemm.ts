import { PRECISION, PRECISIONS, type Precision } from '../numerics/index.ts'
import type { Random } from '../statistics/random.ts'
import { alsoFixedPoint, specOf, type Case } from './case.ts'
import { multiply } from './compute/product.ts'
import { shapesOf, CONTRADICTION, fail } from './message.ts'
import { nanCases } from './nan.ts'
import type { KernelOp, LayerOp, Checks } from './record.ts'
import type { NodeOf, Rescaling, SpecOf, WeightTraits } from './spec.ts'
import {
  besideTies,
  CHANNELS,
  CORRECTED,
  INT4,
  layerCase,
  steadyWeights,
  type Choices,
} from './weighted/cases.ts'
import { computeWeighted, instanceOfWeights, WEIGHTED } from './weighted/weighted.ts'

/** alpha * A' * B' + beta * C. */
export type GemmNode = NodeOf<
  'Gemm',
  { readonly alpha: number; readonly beta: number; readonly transA: boolean; readonly transB: boolean }
>

/** x [M,K] -> y [M,N]. Constants: float-weights or int-weights. The weight is [N,K], one row per output. */
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

export const GemmChecks: Checks<GemmSpec> = {
  bound: { roundings: ({ inputs }) => inputs[0].shape[1] + 4, of: 'magnitudes' },
  *cases(random) {
    yield* alsoFixedPoint(drawn(random))
    yield* tileCases(random)
    yield* nanCases(({ precision, row }) => [
      gemmSpec([3, 10, 7], precision),
      steadyWeights(row.dtype, [7, 10]),
    ])
  },
  ties: () => besideTies('Gemm', gemmSpec([1, 4, CHANNELS], 'int8'), [CHANNELS, 4]),
}

/** The number of rows, of products in a sum, and of outputs. */
type Sizes = readonly [m: number, k: number, n: number]

/** x [m,k] by weights [n,k]. */
function gemmSpec([m, k, n]: Sizes, precision: Precision): GemmSpec {
  const dtype = PRECISION[precision].dtype
  return {
    op: 'Gemm',
    inputs: [specOf(dtype, [m, k])],
    output: specOf(dtype, [m, n]),
    weightZeroPoints: false,
  }
}

function gemmCase(
  title: string,
  sizes: Sizes,
  precision: Precision,
  random: Random,
  choices?: Choices,
): Case<GemmSpec> {
  const spec = { ...gemmSpec(sizes, precision), ...choices?.traits }
  const [, k, n] = sizes
  return layerCase(`Gemm ${precision}: ${title}`, spec, [n, k], random, choices)
}

const SIZES: readonly Sizes[] = [
  [1, 1, 1],
  [1, 64, 10],
  [3, 7, 5],
  [17, 33, 9],
  [64, 128, 32],
  [2, 1030, 6],
]

/** Cases in every precision. For int8 also zero points on both sides, 4-bit weights, extreme values and ties. */
function* drawn(random: Random): Generator<Case<GemmSpec>> {
  for (const precision of PRECISIONS)
    for (const sizes of SIZES) yield gemmCase(sizes.join('x'), sizes, precision, random)
  yield gemmCase('weight zero points', [5, 19, 7], 'int8', random, { traits: CORRECTED })
  for (const at of [0, 2, 3, 5])
    yield gemmCase(`${SIZES[at].join('x')}, 4-bit weights`, SIZES[at], 'int8', random, { traits: INT4 })
  yield gemmCase('4-bit weights and their zero points', [5, 19, 7], 'int8', random, {
    traits: { ...INT4, ...CORRECTED },
  })
  for (const weight of [-8, 7])
    yield gemmCase(`4-bit weights, all of them ${weight}`, [3, 515, 5], 'int8', random, {
      traits: INT4,
      fill: [-128, weight],
    })
  for (const [x, w] of [
    [-128, -128],
    [-128, 127],
    [127, -128],
    [127, 127],
  ] as const)
    yield gemmCase(`all inputs ${x}, all weights ${w}`, [3, 515, 5], 'int8', random, { fill: [x, w] })
  // With halved sums of small odd integers, most results are ties.
  yield gemmCase('ties', [9, 3, 16], 'int8', random, { multiplier: 0.5, small: true })
}

/** Sizes equal to the tile sizes of kernels, and just below and above them. */
const EDGES: readonly number[] = [3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65]

function* tileCases(random: Random): Generator<Case<GemmSpec>> {
  const tiled: readonly Sizes[] = [
    // Every size occurs once in each of the three positions, with different other sizes.
    ...EDGES.map((m, i) => [m, EDGES[(7 * i + 4) % 15], EDGES[(4 * i + 11) % 15]] as const),
    // A single row, sums too large for an exact float32, and the largest tiles.
    [1, 1003, 37],
    [1, 1024, 65],
    [4, 2051, 9],
    [130, 36, 129],
  ]
  for (const precision of PRECISIONS)
    for (const sizes of tiled) yield gemmCase(sizes.join('x'), sizes, precision, random)
  for (const sizes of [
    [17, 65, 33],
    [1, 1003, 37],
  ] as const)
    for (const [title, traits] of [
      ['weight zero points', CORRECTED],
      ['4-bit weights', INT4],
    ] as const)
      yield gemmCase(`${sizes.join('x')}, ${title}`, sizes, 'int8', random, { traits })
  // A sum of 1100 products of 2^14 needs more than the 24 bits of a float32.
  for (const [x, w] of [
    [-128, -128],
    [127, -128],
  ] as const)
    yield gemmCase(`9x1100x5, all inputs ${x}, all weights ${w}`, [9, 1100, 5], 'int8', random, {
      fill: [x, w],
    })
}
