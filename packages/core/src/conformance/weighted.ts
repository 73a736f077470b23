import type { Clamp, Constants, ConvSpec, GemmSpec, OpSpec, Precision } from '../kernel/spec.ts'
import { NO_PADS } from '../kernel/spec.ts'
import type { Pads, Pair } from '../model/graph.ts'
import { windowOutput } from '../model/shapes.ts'
import { toFloat16 } from '../numerics/index.ts'
import { tensor, type Tensor } from '../tensor/tensor.ts'
import type { Random } from '../train/random.ts'
import {
  ACTIVATION_DTYPE,
  PRECISIONS,
  randomFloats,
  randomTensor,
  specOf,
  type ConformanceCase,
} from './case.ts'

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
      yield make(`Conv ${precision}: ${shape.title}`, convSpec(shape, precision), random)
    for (const [m, k, n] of GEMMS)
      yield make(`Gemm ${precision}: ${m}x${k}x${n}`, gemmSpec(m, k, n, precision), random)
    yield make(`Conv ${precision}: fused clamp`, convSpec(CONVS[5], precision), random, {
      clamp: precision === 'int8' ? [-20, 50] : [0, 1.5],
    })
  }
  for (const shape of [CONVS[1], CONVS[5], CONVS[11], CONVS[14]])
    yield make(
      `Conv int8: weight zero points, ${shape.title}`,
      { ...convSpec(shape, 'int8'), weightZeroPoints: true },
      random,
    )
  yield make(
    'Gemm int8: weight zero points',
    { ...gemmSpec(5, 19, 7, 'int8'), weightZeroPoints: true },
    random,
  )
  for (const [x, w] of [
    [-128, -128],
    [-128, 127],
    [127, -128],
    [127, 127],
  ] as const) {
    yield make(`Conv int8: all inputs ${x}, all weights ${w}`, convSpec(CONVS[6], 'int8'), random, {
      fill: [x, w],
    })
    yield make(`Gemm int8: all inputs ${x}, all weights ${w}`, gemmSpec(3, 515, 5, 'int8'), random, {
      fill: [x, w],
    })
  }
  // Sums of small odd integers halved: most results are ties.
  yield make('Gemm int8: ties', gemmSpec(9, 3, 16, 'int8'), random, { multiplier: 0.5, small: true })
  yield make('Conv int8: saturates on both sides', convSpec(CONVS[2], 'int8'), random, { multiplier: 1 })
  yield make('Conv int8: a multiplier that underflows', convSpec(CONVS[5], 'int8'), random, {
    multiplier: 1e-42,
  })
}

interface Choices {
  readonly clamp?: Clamp
  /** int8: every input and every weight. */
  readonly fill?: readonly [number, number]
  readonly multiplier?: number
  /** int8: inputs, weights, zero points and biases of a few units, so that nothing saturates. */
  readonly small?: boolean
}

function convSpec(shape: ConvShape, precision: Precision): ConvSpec {
  const { x, outputs, kernel, strides = [1, 1], pads = NO_PADS, dilations = [1, 1], group = 1 } = shape
  const window = { kernel, strides, pads, dilations }
  const dtype = ACTIVATION_DTYPE[precision]
  const output = specOf(dtype, [x[0], outputs, ...windowOutput(window, [x[2], x[3]])])
  return { op: 'Conv', inputs: [specOf(dtype, x)], output, ...window, group, weightZeroPoints: false }
}

function gemmSpec(m: number, k: number, n: number, precision: Precision): GemmSpec {
  const dtype = ACTIVATION_DTYPE[precision]
  return {
    op: 'Gemm',
    inputs: [specOf(dtype, [m, k])],
    output: specOf(dtype, [m, n]),
    weightZeroPoints: false,
  }
}

function make(
  name: string,
  spec: ConvSpec | GemmSpec,
  random: Random,
  choices: Choices = {},
): ConformanceCase {
  const [x] = spec.inputs
  const outputs = spec.output.shape[1]
  const shape =
    spec.op === 'Conv' ? [outputs, x.shape[1] / spec.group, ...spec.kernel] : [outputs, x.shape[1]]
  const products = shape.slice(1).reduce((a, b) => a * b, 1)
  const drawn = randomTensor(random, x)
  const input = x.dtype === 'int8' ? chosen(drawn as Tensor<'int8'>, choices, 0) : drawn
  const constants =
    x.dtype === 'int8'
      ? integers(spec, shape, products, random, choices)
      : floats(spec, shape, random, choices)
  return { name, spec: spec satisfies OpSpec, constants, inputs: [input] }
}

function integers(
  spec: ConvSpec | GemmSpec,
  shape: number[],
  products: number,
  random: Random,
  choices: Choices,
): Constants {
  const outputs = shape[0]
  const weight = randomTensor(random, { dtype: 'int8', shape }) as Tensor<'int8'>
  // Sums spread by about 74 * 74 * sqrt(products): this multiplier uses the output's range and saturates at times.
  const typical = 64 / (5500 * Math.sqrt(products))
  const bias = choices.small ? 10 : 10_000
  return {
    kind: 'int-weights',
    weight: chosen(weight, choices, 1),
    bias: Int32Array.from({ length: outputs }, () => random.below(2 * bias + 1) - bias),
    multiplier: Float32Array.from(
      { length: outputs },
      () => choices.multiplier ?? typical * (0.25 + random.uniform()),
    ),
    inputZeroPoint: choices.small ? 1 : random.below(256) - 128,
    weightZeroPoints: Int32Array.from({ length: outputs }, () =>
      spec.weightZeroPoints ? random.below(256) - 128 : 0,
    ),
    outputZeroPoint: random.below(101) - 50,
    clamp: choices.clamp ?? [-128, 127],
  }
}

function floats(spec: ConvSpec | GemmSpec, shape: number[], random: Random, choices: Choices): Constants {
  const weight = tensor(
    'float32',
    shape,
    randomFloats(
      random,
      shape.reduce((a, b) => a * b, 1),
    ),
  )
  return {
    kind: 'float-weights',
    weight: spec.inputs[0].dtype === 'float16' ? tensor('float16', shape, toFloat16(weight.data)) : weight,
    bias: randomFloats(random, shape[0]),
    clamp: choices.clamp ?? [-Infinity, Infinity],
  }
}

/** Integers as drawn, or all equal to `fill[side]`, or small. */
function chosen(target: Tensor<'int8'>, { fill, small }: Choices, side: 0 | 1): Tensor<'int8'> {
  if (fill) target.data.fill(fill[side])
  if (small) for (const [i, q] of target.data.entries()) target.data[i] = q >> 5
  return target
}
