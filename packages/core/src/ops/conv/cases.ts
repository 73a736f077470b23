import type { Random } from '../../statistics/random.ts'
import type { Shape } from '../../tensor/tensor.ts'
import { alsoFixedPoint, specOf, type Case } from '../case.ts'
import { nanCases } from '../nan.ts'
import type { Pads, Pair } from '../spec.ts'
import type { Checks } from '../record.ts'
import { PRECISION, PRECISIONS, type Precision } from '../../numerics/index.ts'
import {
  besideTies,
  CHANNELS,
  CORRECTED,
  INT4,
  layerCase,
  steadyWeights,
  type Choices,
} from '../weighted/cases.ts'
import { windowOutput } from '../window.ts'
import type { ConvSpec } from './conv.ts'

export const ConvChecks: Checks<ConvSpec> = {
  bound: {
    roundings: ({ inputs, group, kernel }) => (inputs[0].shape[1] / group) * kernel[0] * kernel[1] + 4,
    of: 'magnitudes',
  },
  *cases(random) {
    yield* alsoFixedPoint(drawn(random))
    yield* tileCases(random)
    yield* patchCases(random)
    yield* nanCases(({ precision, image }) => [
      convSpec(['', [2, 5, 4, 6], 6, [1, 1]], precision),
      steadyWeights(image.dtype, [6, 5, 1, 1]),
    ])
  },
  ties,
}

/** The parts of a convolution that cases vary: images [n, c, h, w], outputs and the window. */
type ConvShape = readonly [title: string, x: Shape, outputs: number, kernel: Pair, more?: More]

interface More {
  readonly strides?: Pair
  readonly dilations?: Pair
  /** One number means the same padding on every side. */
  readonly pads?: Pads | number
  readonly group?: number
}

/** The spec of a convolution, without weight zero points. */
function convSpec([, x, outputs, kernel, more]: ConvShape, precision: Precision): ConvSpec {
  const { strides = [1, 1], dilations = [1, 1], pads: p = 0, group = 1 } = more ?? {}
  const pads: Pads = typeof p === 'number' ? [p, p, p, p] : p
  const window = { kernel, strides, pads, dilations }
  const { dtype } = PRECISION[precision]
  const output = specOf(dtype, [x[0], outputs, ...windowOutput(window, [x[2], x[3]])])
  return { op: 'Conv', inputs: [specOf(dtype, x)], output, ...window, group, weightZeroPoints: false }
}

function convCase(
  title: string,
  shape: ConvShape,
  precision: Precision,
  random: Random,
  choices?: Choices,
): Case<ConvSpec> {
  const spec = { ...convSpec(shape, precision), ...choices?.traits }
  return layerCase(`Conv ${precision}: ${title}`, spec, weightsOf(spec), random, choices)
}

function weightsOf({ inputs, output, group, kernel }: ConvSpec): Shape {
  return [output.shape[1], inputs[0].shape[1] / group, ...kernel]
}

/** Kinds of windows, strides, padding and groups. */
const SHAPES: readonly ConvShape[] = [
  ['1x1, one channel in and out', [1, 1, 1, 1], 1, [1, 1]],
  ['1x1, channels not a multiple of 4', [2, 5, 3, 7], 6, [1, 1]],
  ['1x1, wide', [1, 32, 7, 7], 64, [1, 1]],
  ['1x1, stride 2', [1, 8, 9, 5], 4, [1, 1], { strides: [2, 2] }],
  ['3x3, one channel, padded', [2, 1, 8, 8], 8, [3, 3], { pads: 1 }],
  ['3x3, ragged channels', [2, 3, 7, 5], 5, [3, 3], { pads: 1 }],
  ['3x3, no padding', [1, 16, 6, 6], 16, [3, 3]],
  [
    '3x3, stride 2, padded below and right only',
    [1, 4, 8, 8],
    8,
    [3, 3],
    { strides: [2, 2], pads: [0, 0, 1, 1] },
  ],
  ['3x3, dilated', [1, 4, 9, 9], 4, [3, 3], { dilations: [2, 2], pads: 2 }],
  ['10x4, stride 2, uneven padding', [1, 1, 49, 10], 8, [10, 4], { strides: [2, 2], pads: [4, 1, 5, 1] }],
  ['1x5, a row', [1, 4, 1, 11], 3, [1, 5], { pads: [0, 2, 0, 2] }],
  ['2 groups', [1, 8, 5, 5], 12, [3, 3], { pads: 1, group: 2 }],
  ['3 groups of ragged channels', [2, 9, 4, 4], 6, [3, 3], { group: 3 }],
  ['depthwise 3x3', [2, 16, 7, 7], 16, [3, 3], { pads: 1, group: 16 }],
  [
    'depthwise 3x3, stride 2, ragged channels',
    [1, 7, 9, 8],
    7,
    [3, 3],
    { strides: [2, 2], pads: 1, group: 7 },
  ],
  ['depthwise 1x1', [1, 6, 4, 4], 6, [1, 1], { group: 6 }],
  ['depthwise, two outputs a channel', [1, 5, 6, 6], 10, [3, 3], { group: 5 }],
]

/**
 * Cases in every precision. For int8 also zero points on both sides, 4-bit weights, extreme values and fused clamps.
 */
function* drawn(random: Random): Generator<Case<ConvSpec>> {
  for (const precision of PRECISIONS) {
    for (const shape of SHAPES) yield convCase(shape[0], shape, precision, random)
    const clamp = precision === 'int8' ? ([-20, 50] as const) : ([0, 1.5] as const)
    yield convCase('fused clamp', SHAPES[5], precision, random, { clamp })
  }
  for (const at of [1, 5, 11, 14])
    yield convCase(`weight zero points, ${SHAPES[at][0]}`, SHAPES[at], 'int8', random, {
      traits: CORRECTED,
    })
  for (const at of [1, 4, 5, 6, 9, 11, 14, 16])
    yield convCase(`${SHAPES[at][0]}, 4-bit weights`, SHAPES[at], 'int8', random, { traits: INT4 })
  yield convCase('4-bit weights and their zero points, ragged channels', SHAPES[5], 'int8', random, {
    traits: { ...INT4, ...CORRECTED },
  })
  for (const [x, w] of [
    [-128, -128],
    [-128, 127],
    [127, -128],
    [127, 127],
  ] as const)
    yield convCase(`all inputs ${x}, all weights ${w}`, SHAPES[6], 'int8', random, { fill: [x, w] })
  yield convCase('saturates on both sides', SHAPES[2], 'int8', random, { multiplier: 1 })
  yield convCase('a multiplier that underflows', SHAPES[5], 'int8', random, { multiplier: 1e-42 })
}

/** Sizes equal to the tile sizes of kernels, and just below and above them. */
const TILED: readonly ConvShape[] = [
  ['1x1, 63 pixels, 17 to 65 channels', [1, 17, 7, 9], 65, [1, 1]],
  ['1x1, 65 pixels in batches, 33 to 31 channels', [5, 33, 1, 13], 31, [1, 1]],
  ['1x1, 128 pixels, 64 to 64 channels', [2, 64, 8, 8], 64, [1, 1]],
  ['3x3, one channel to 33', [1, 1, 9, 9], 33, [3, 3], { pads: 1 }],
  ['3x3, stride 2, 3 channels to 17, batch 3', [3, 3, 11, 9], 17, [3, 3], { strides: [2, 2], pads: 1 }],
  ['3x3, 16 to 32 channels', [1, 16, 9, 17], 32, [3, 3], { pads: 1 }],
  ['3x3, 130 channels, more products than 1024', [1, 130, 4, 5], 7, [3, 3], { pads: 1 }],
  [
    '3x5, dilated by 1 and 2, stride 1 and 2, batch 2',
    [2, 6, 7, 15],
    10,
    [3, 5],
    { strides: [1, 2], dilations: [1, 2], pads: [1, 4, 1, 4] },
  ],
  ['1-D, 9 taps', [1, 13, 1, 67], 18, [1, 9], { pads: [0, 4, 0, 4] }],
  ['1-D, stride 2, one channel, batch 2', [2, 1, 1, 66], 16, [1, 7], { strides: [1, 2], pads: [0, 3, 0, 3] }],
  ['1-D, dilated by 4, causal', [1, 8, 1, 33], 9, [1, 3], { dilations: [1, 4], pads: [0, 8, 0, 0] }],
  ['1-D, upright', [1, 5, 35, 1], 12, [5, 1], { strides: [3, 1] }],
  ['depthwise 3x3, 33 channels, 17 wide, batch 2', [2, 33, 5, 17], 33, [3, 3], { pads: 1, group: 33 }],
  [
    'depthwise 5x5, stride 2, 66 channels',
    [1, 66, 9, 8],
    66,
    [5, 5],
    { strides: [2, 2], pads: 2, group: 66 },
  ],
  [
    'depthwise 1-D, 9 taps, dilated by 2',
    [1, 20, 1, 40],
    20,
    [1, 9],
    { dilations: [1, 2], pads: [0, 8, 0, 8], group: 20 },
  ],
]

function* tileCases(random: Random): Generator<Case<ConvSpec>> {
  for (const precision of PRECISIONS)
    for (const shape of TILED) yield convCase(shape[0], shape, precision, random)
  for (const at of [0, 4, 5, 8, 12])
    for (const [title, traits] of [
      ['weight zero points', CORRECTED],
      ['4-bit weights', INT4],
    ] as const)
      yield convCase(`${TILED[at][0]}, ${title}`, TILED[at], 'int8', random, { traits })
}

/**
 * 3x3 windows with stride 1, which devices may compute in patches of outputs. The cases have sizes around whole
 * patches, padding that differs by side, zero points at both ends, and the largest sums.
 */
function* patchCases(random: Random): Generator<Case<ConvSpec>> {
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
      yield convCase(
        `3x3 on ${h}x${w}, padding ${pads.join(' ')}, zero point ${inputZeroPoint}`,
        ['', [2, 9, h, w], 10, kernel, { pads }],
        'int8',
        random,
        { inputZeroPoint },
      )
  for (const [x, w] of [
    [-128, -128],
    [-128, 127],
    [127, -128],
  ] as const)
    yield convCase(
      `3x3, 227 channels, all inputs ${x}, all weights ${w}`,
      ['', [1, 227, 5, 5], 9, kernel, { pads: 1 }],
      'int8',
      random,
      { fill: [x, w], multiplier: 127 / 2 ** 25 },
    )
}

/** One layer for each kind of kernel that devices have. */
const KINDS: readonly (readonly [title: string, inputs: number, side: 1 | 3, group: number])[] = [
  ['Conv 1x1', 4, 1, 1],
  ['depthwise Conv 1x1', CHANNELS, 1, CHANNELS],
  ['Conv 1x1 of 2 groups', 8, 1, 2],
  ['Conv 3x3', 4, 3, 1],
  ['depthwise Conv 3x3', CHANNELS, 3, CHANNELS],
]

function* ties(thin: boolean): Generator<Case<ConvSpec>> {
  for (const [title, inputs, side, group] of thin ? KINDS.slice(0, 2) : KINDS) {
    const shape: ConvShape = [
      title,
      [1, inputs, side, side],
      CHANNELS,
      [side, side],
      { pads: (side - 1) / 2, group },
    ]
    const spec = convSpec(shape, 'int8')
    yield* besideTies(title, spec, weightsOf(spec))
  }
}
