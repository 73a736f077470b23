import type { Random } from '../statistics/random.ts'
import { PRECISIONS, type ConformanceCase } from './case.ts'
import { convSpec, gemmSpec, layerCase, type ConvShape } from './layer.ts'

const CONVS: readonly ConvShape[] = [
  { title: '1x1, one channel in and out', x: [1, 1, 1, 1], outputs: 1, kernel: [1, 1] },
  { title: '1x1, channels not a multiple of 4', x: [2, 5, 3, 7], outputs: 6, kernel: [1, 1] },
  { title: '1x1, wide', x: [1, 32, 7, 7], outputs: 64, kernel: [1, 1] },
  { title: '1x1, stride 2', x: [1, 8, 9, 5], outputs: 4, kernel: [1, 1], strides: [2, 2] },
  { title: '3x3, one channel, padded', x: [2, 1, 8, 8], outputs: 8, kernel: [3, 3], pads: [1, 1, 1, 1] },
  { title: '3x3, ragged channels', x: [2, 3, 7, 5], outputs: 5, kernel: [3, 3], pads: [1, 1, 1, 1] },
  { title: '3x3, no padding', x: [1, 16, 6, 6], outputs: 16, kernel: [3, 3] },
  {
    title: '3x3, stride 2, padded below and right only',
    x: [1, 4, 8, 8],
    outputs: 8,
    kernel: [3, 3],
    strides: [2, 2],
    pads: [0, 0, 1, 1],
  },
  {
    title: '3x3, dilated',
    x: [1, 4, 9, 9],
    outputs: 4,
    kernel: [3, 3],
    dilations: [2, 2],
    pads: [2, 2, 2, 2],
  },
  {
    title: '10x4, stride 2, uneven padding',
    x: [1, 1, 49, 10],
    outputs: 8,
    kernel: [10, 4],
    strides: [2, 2],
    pads: [4, 1, 5, 1],
  },
  { title: '1x5, a row', x: [1, 4, 1, 11], outputs: 3, kernel: [1, 5], pads: [0, 2, 0, 2] },
  { title: '2 groups', x: [1, 8, 5, 5], outputs: 12, kernel: [3, 3], pads: [1, 1, 1, 1], group: 2 },
  { title: '3 groups of ragged channels', x: [2, 9, 4, 4], outputs: 6, kernel: [3, 3], group: 3 },
  { title: 'depthwise 3x3', x: [2, 16, 7, 7], outputs: 16, kernel: [3, 3], pads: [1, 1, 1, 1], group: 16 },
  {
    title: 'depthwise 3x3, stride 2, ragged channels',
    x: [1, 7, 9, 8],
    outputs: 7,
    kernel: [3, 3],
    strides: [2, 2],
    pads: [1, 1, 1, 1],
    group: 7,
  },
  { title: 'depthwise 1x1', x: [1, 6, 4, 4], outputs: 6, kernel: [1, 1], group: 6 },
  { title: 'depthwise, two outputs a channel', x: [1, 5, 6, 6], outputs: 10, kernel: [3, 3], group: 5 },
]

/** [M, K, N]: rows, products a sum, outputs. */
const GEMMS: readonly (readonly [number, number, number])[] = [
  [1, 1, 1],
  [1, 64, 10],
  [3, 7, 5],
  [17, 33, 9],
  [64, 128, 32],
  [2, 1030, 6],
]

/** Conv and Gemm in every precision; for int8 also zero points on both sides, the extremes, ties and fused clamps. */
export function* weightedCases(random: Random): Generator<ConformanceCase> {
  for (const precision of PRECISIONS) {
    for (const shape of CONVS)
      yield layerCase(`Conv ${precision}: ${shape.title}`, convSpec(shape, precision), random)
    for (const [m, k, n] of GEMMS)
      yield layerCase(`Gemm ${precision}: ${m}x${k}x${n}`, gemmSpec(m, k, n, precision), random)
    yield layerCase(`Conv ${precision}: fused clamp`, convSpec(CONVS[5], precision), random, {
      clamp: precision === 'int8' ? [-20, 50] : [0, 1.5],
    })
  }
  for (const shape of [CONVS[1], CONVS[5], CONVS[11], CONVS[14]])
    yield layerCase(
      `Conv int8: weight zero points, ${shape.title}`,
      { ...convSpec(shape, 'int8'), weightZeroPoints: true },
      random,
    )
  yield layerCase(
    'Gemm int8: weight zero points',
    { ...gemmSpec(5, 19, 7, 'int8'), weightZeroPoints: true },
    random,
  )
  yield* int4Cases(random)
  for (const [x, w] of [
    [-128, -128],
    [-128, 127],
    [127, -128],
    [127, 127],
  ] as const) {
    yield layerCase(`Conv int8: all inputs ${x}, all weights ${w}`, convSpec(CONVS[6], 'int8'), random, {
      fill: [x, w],
    })
    yield layerCase(`Gemm int8: all inputs ${x}, all weights ${w}`, gemmSpec(3, 515, 5, 'int8'), random, {
      fill: [x, w],
    })
  }
  // Sums of small odd integers halved: most results are ties.
  yield layerCase('Gemm int8: ties', gemmSpec(9, 3, 16, 'int8'), random, { multiplier: 0.5, small: true })
  yield layerCase('Conv int8: saturates on both sides', convSpec(CONVS[2], 'int8'), random, { multiplier: 1 })
  yield layerCase('Conv int8: a multiplier that underflows', convSpec(CONVS[5], 'int8'), random, {
    multiplier: 1e-42,
  })
}

/** Weights declared to lie in [-8, 7]: odd counts of inputs, both ends, zero points by channel. */
function* int4Cases(random: Random): Generator<ConformanceCase> {
  const int4 = { weightBits: 4 } as const
  for (const [m, k, n] of [
    [1, 1, 1],
    [3, 7, 5],
    [17, 33, 9],
    [2, 1030, 6],
  ])
    yield layerCase(
      `Gemm int8: ${m}x${k}x${n}, 4-bit weights`,
      { ...gemmSpec(m, k, n, 'int8'), ...int4 },
      random,
    )
  for (const shape of [CONVS[1], CONVS[4], CONVS[5], CONVS[6], CONVS[9], CONVS[11], CONVS[14], CONVS[16]])
    yield layerCase(
      `Conv int8: ${shape.title}, 4-bit weights`,
      { ...convSpec(shape, 'int8'), ...int4 },
      random,
    )
  const corrected = { ...int4, weightZeroPoints: true }
  yield layerCase(
    'Gemm int8: 4-bit weights and their zero points',
    { ...gemmSpec(5, 19, 7, 'int8'), ...corrected },
    random,
  )
  yield layerCase(
    'Conv int8: 4-bit weights and their zero points, ragged channels',
    { ...convSpec(CONVS[5], 'int8'), ...corrected },
    random,
  )
  for (const weight of [-8, 7])
    yield layerCase(
      `Gemm int8: 4-bit weights, all of them ${weight}`,
      { ...gemmSpec(3, 515, 5, 'int8'), ...int4 },
      random,
      { fill: [-128, weight] },
    )
}
