import type { Random } from '../statistics/random.ts'
import { PRECISIONS, type ConformanceCase } from './case.ts'
import { convSpec, gemmSpec, layerCase, type ConvShape } from './layer.ts'

/** Sizes at, just below and just above those that kernels tile by. */
const SIZES = [3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65] as const

/**
 * [M, K, N]: every size once as each of the three, in company that differs; then rows alone, sums past what float32
 * holds exactly, and the largest tiles.
 */
const GEMMS: readonly (readonly [number, number, number])[] = [
  ...SIZES.map((m, i) => [m, SIZES[(7 * i + 4) % 15], SIZES[(4 * i + 11) % 15]] as const),
  [1, 1003, 37],
  [1, 1024, 65],
  [4, 2051, 9],
  [130, 36, 129],
]

const CONVS: readonly ConvShape[] = [
  { title: '1x1, 63 pixels, 17 to 65 channels', x: [1, 17, 7, 9], outputs: 65, kernel: [1, 1] },
  { title: '1x1, 65 pixels in batches, 33 to 31 channels', x: [5, 33, 1, 13], outputs: 31, kernel: [1, 1] },
  { title: '1x1, 128 pixels, 64 to 64 channels', x: [2, 64, 8, 8], outputs: 64, kernel: [1, 1] },
  { title: '3x3, one channel to 33', x: [1, 1, 9, 9], outputs: 33, kernel: [3, 3], pads: [1, 1, 1, 1] },
  {
    title: '3x3, stride 2, 3 channels to 17, batch 3',
    x: [3, 3, 11, 9],
    outputs: 17,
    kernel: [3, 3],
    strides: [2, 2],
    pads: [1, 1, 1, 1],
  },
  { title: '3x3, 16 to 32 channels', x: [1, 16, 9, 17], outputs: 32, kernel: [3, 3], pads: [1, 1, 1, 1] },
  {
    title: '3x3, 130 channels, more products than 1024',
    x: [1, 130, 4, 5],
    outputs: 7,
    kernel: [3, 3],
    pads: [1, 1, 1, 1],
  },
  {
    title: '3x5, dilated by 1 and 2, stride 1 and 2, batch 2',
    x: [2, 6, 7, 15],
    outputs: 10,
    kernel: [3, 5],
    strides: [1, 2],
    dilations: [1, 2],
    pads: [1, 4, 1, 4],
  },
  {
    title: '1-D, 9 taps',
    x: [1, 13, 1, 67],
    outputs: 18,
    kernel: [1, 9],
    pads: [0, 4, 0, 4],
  },
  {
    title: '1-D, stride 2, one channel, batch 2',
    x: [2, 1, 1, 66],
    outputs: 16,
    kernel: [1, 7],
    strides: [1, 2],
    pads: [0, 3, 0, 3],
  },
  {
    title: '1-D, dilated by 4, causal',
    x: [1, 8, 1, 33],
    outputs: 9,
    kernel: [1, 3],
    dilations: [1, 4],
    pads: [0, 8, 0, 0],
  },
  { title: '1-D, upright', x: [1, 5, 35, 1], outputs: 12, kernel: [5, 1], strides: [3, 1] },
  {
    title: 'depthwise 3x3, 33 channels, 17 wide, batch 2',
    x: [2, 33, 5, 17],
    outputs: 33,
    kernel: [3, 3],
    pads: [1, 1, 1, 1],
    group: 33,
  },
  {
    title: 'depthwise 5x5, stride 2, 66 channels',
    x: [1, 66, 9, 8],
    outputs: 66,
    kernel: [5, 5],
    strides: [2, 2],
    pads: [2, 2, 2, 2],
    group: 66,
  },
  {
    title: 'depthwise 1-D, 9 taps, dilated by 2',
    x: [1, 20, 1, 40],
    outputs: 20,
    kernel: [1, 9],
    dilations: [1, 2],
    pads: [0, 8, 0, 8],
    group: 20,
  },
]

/** Conv and Gemm whose sizes lie around those of tiles, on both sides. */
export function* tileCases(random: Random): Generator<ConformanceCase> {
  for (const precision of PRECISIONS) {
    for (const [m, k, n] of GEMMS)
      yield layerCase(`Gemm ${precision}: ${m}x${k}x${n}`, gemmSpec(m, k, n, precision), random)
    for (const shape of CONVS)
      yield layerCase(`Conv ${precision}: ${shape.title}`, convSpec(shape, precision), random)
  }
  const corrected = { weightZeroPoints: true } as const
  const int4 = { weightBits: 4 } as const
  for (const [m, k, n] of [
    [17, 65, 33],
    [1, 1003, 37],
  ]) {
    const [title, spec] = [`Gemm int8: ${m}x${k}x${n}`, gemmSpec(m, k, n, 'int8')]
    yield layerCase(`${title}, weight zero points`, { ...spec, ...corrected }, random)
    yield layerCase(`${title}, 4-bit weights`, { ...spec, ...int4 }, random)
  }
  for (const shape of [CONVS[0], CONVS[4], CONVS[5], CONVS[8], CONVS[12]]) {
    const [title, spec] = [`Conv int8: ${shape.title}`, convSpec(shape, 'int8')]
    yield layerCase(`${title}, weight zero points`, { ...spec, ...corrected }, random)
    yield layerCase(`${title}, 4-bit weights`, { ...spec, ...int4 }, random)
  }
  yield* patchCases(random)
  // 1100 products of 2^14 leave the 24 bits of a float32 sum.
  for (const [x, w] of [
    [-128, -128],
    [127, -128],
  ] as const)
    yield layerCase(
      `Gemm int8: 9x1100x5, all inputs ${x}, all weights ${w}`,
      gemmSpec(9, 1100, 5, 'int8'),
      random,
      { fill: [x, w] },
    )
}

/**
 * 3x3 of stride 1, which devices may compute in patches of outputs: sizes around whole patches, padding that differs
 * by side, zero points at both ends, and the largest sums.
 */
function* patchCases(random: Random): Generator<ConformanceCase> {
  const kernel = [3, 3] as const
  for (const [h, w, pads] of [
    [1, 1, [1, 1, 1, 1]],
    [4, 4, [1, 1, 1, 1]],
    [5, 7, [1, 1, 1, 1]],
    [6, 11, [0, 2, 1, 0]],
    [9, 3, [2, 0, 0, 2]],
    [10, 18, [0, 0, 0, 0]],
    [13, 8, [4, 5, 0, 1]],
  ] as const)
    for (const inputZeroPoint of [-128, 127])
      yield layerCase(
        `Conv int8: 3x3 on ${h}x${w}, padding ${pads.join(' ')}, zero point ${inputZeroPoint}`,
        convSpec({ title: '', x: [2, 9, h, w], outputs: 10, kernel, pads }, 'int8'),
        random,
        { inputZeroPoint },
      )
  for (const [x, w] of [
    [-128, -128],
    [-128, 127],
    [127, -128],
  ] as const)
    yield layerCase(
      `Conv int8: 3x3, 227 channels, all inputs ${x}, all weights ${w}`,
      convSpec({ title: '', x: [1, 227, 5, 5], outputs: 9, kernel, pads: [1, 1, 1, 1] }, 'int8'),
      random,
      { fill: [x, w], multiplier: 127 / 2 ** 25 },
    )
}
