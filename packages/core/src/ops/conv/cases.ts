import type { Random } from '../../statistics/random.ts'
import type { Shape } from '../../tensor/tensor.ts'
import { alsoFixedPoint, specOf, type Case } from '../case.ts'
import { nanCases } from '../nan.ts'
import { NO_PADS, type Pads, type Pair } from '../node.ts'
import type { Checks } from '../record.ts'
import { PRECISION, PRECISIONS, type Precision } from '../../numerics/index.ts'
import { besideTies, CHANNELS, layerCase, steadyWeights, type Choices } from '../weighted/cases.ts'
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
      convSpec({ title: '', x: [2, 5, 4, 6], outputs: 6, kernel: [1, 1] }, precision),
      steadyWeights(image.dtype, [6, 5, 1, 1]),
    ])
  },
  ties,
}

/** A convolution by what matters: n, c, h, w, outputs and the window. */
interface ConvShape {
  readonly title: string
  readonly x: readonly [number, number, number, number]
  readonly outputs: number
  readonly kernel: Pair
  readonly strides?: Pair
  readonly pads?: Pads
  readonly dilations?: Pair
  readonly group?: number
}

/** The spec of a convolution, without weight zero points. */
function convSpec(shape: ConvShape, precision: Precision): ConvSpec {
  const { x, outputs, kernel, strides = [1, 1], pads = NO_PADS, dilations = [1, 1], group = 1 } = shape
  const window = { kernel, strides, pads, dilations }
  const dtype = PRECISION[precision].dtype
  const output = specOf(dtype, [x[0], outputs, ...windowOutput(window, [x[2], x[3]])])
  return { op: 'Conv', inputs: [specOf(dtype, x)], output, ...window, group, weightZeroPoints: false }
}

type Traits = Pick<ConvSpec, 'weightZeroPoints' | 'weightBits'>

const CORRECTED: Traits = { weightZeroPoints: true }
const INT4: Traits = { weightZeroPoints: false, weightBits: 4 }

function convCase(
  title: string,
  shape: ConvShape,
  precision: Precision,
  random: Random,
  choices?: Choices & { readonly traits?: Traits },
): Case<ConvSpec> {
  const spec = { ...convSpec(shape, precision), ...choices?.traits }
  return layerCase(`Conv ${precision}: ${title}`, spec, weightsOf(spec), random, choices)
}

function weightsOf({ inputs, output, group, kernel }: ConvSpec): Shape {
  return [output.shape[1], inputs[0].shape[1] / group, ...kernel]
}

/** Kinds of windows, strides, padding and groups. */
const SHAPES: readonly ConvShape[] = [
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

/** Every precision; for int8 also zero points on both sides, 4-bit weights, the extremes and fused clamps. */
function* drawn(random: Random): Generator<Case<ConvSpec>> {
  for (const precision of PRECISIONS) {
    for (const shape of SHAPES) yield convCase(shape.title, shape, precision, random)
    const clamp = precision === 'int8' ? ([-20, 50] as const) : ([0, 1.5] as const)
    yield convCase('fused clamp', SHAPES[5], precision, random, { clamp })
  }
  for (const at of [1, 5, 11, 14])
    yield convCase(`weight zero points, ${SHAPES[at].title}`, SHAPES[at], 'int8', random, {
      traits: CORRECTED,
    })
  for (const at of [1, 4, 5, 6, 9, 11, 14, 16])
    yield convCase(`${SHAPES[at].title}, 4-bit weights`, SHAPES[at], 'int8', random, { traits: INT4 })
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

/** Sizes at, just below and just above those that kernels tile by. */
const TILED: readonly ConvShape[] = [
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

function* tileCases(random: Random): Generator<Case<ConvSpec>> {
  for (const precision of PRECISIONS)
    for (const shape of TILED) yield convCase(shape.title, shape, precision, random)
  for (const at of [0, 4, 5, 8, 12])
    for (const [title, traits] of [
      ['weight zero points', CORRECTED],
      ['4-bit weights', INT4],
    ] as const)
      yield convCase(`${TILED[at].title}, ${title}`, TILED[at], 'int8', random, { traits })
}

/**
 * 3x3 of stride 1, which devices may compute in patches of outputs: sizes around whole patches, padding that differs
 * by side, zero points at both ends, and the largest sums.
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
        { title: '', x: [2, 9, h, w], outputs: 10, kernel, pads },
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
      { title: '', x: [1, 227, 5, 5], outputs: 9, kernel, pads: [1, 1, 1, 1] },
      'int8',
      random,
      { fill: [x, w], multiplier: 127 / 2 ** 25 },
    )
}

/** By the kinds of kernels that devices have. */
const KINDS: readonly (readonly [title: string, inputs: number, side: 1 | 3, group: number])[] = [
  ['Conv 1x1', 4, 1, 1],
  ['depthwise Conv 1x1', CHANNELS, 1, CHANNELS],
  ['Conv 1x1 of 2 groups', 8, 1, 2],
  ['Conv 3x3', 4, 3, 1],
  ['depthwise Conv 3x3', CHANNELS, 3, CHANNELS],
]

function* ties(thin: boolean): Generator<Case<ConvSpec>> {
  for (const [title, inputs, side, group] of thin ? KINDS.slice(0, 2) : KINDS) {
    const pad = (side - 1) / 2
    const kernel = [side, side] as const
    const spec = convSpec(
      { title, x: [1, inputs, side, side], outputs: CHANNELS, kernel, pads: [pad, pad, pad, pad], group },
      'int8',
    )
    yield* besideTies(title, spec, weightsOf(spec))
  }
}
