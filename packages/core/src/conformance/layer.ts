import type { Clamp, Constants, ConvSpec, GemmSpec, OpSpec, Precision } from '../kernel/spec.ts'
import { NO_PADS } from '../kernel/spec.ts'
import type { Pads, Pair } from '../model/graph.ts'
import { windowOutput } from '../model/shapes.ts'
import { toFloat16 } from '../numerics/index.ts'
import { tensor, type Tensor } from '../tensor/tensor.ts'
import type { Random } from '../statistics/random.ts'
import { ACTIVATION_DTYPE, randomFloats, randomTensor, specOf, type ConformanceCase } from './case.ts'

/** A convolution by what matters: n, c, h, w, outputs and the window. */
export interface ConvShape {
  readonly title: string
  readonly x: readonly [number, number, number, number]
  readonly outputs: number
  readonly kernel: Pair
  readonly strides?: Pair
  readonly pads?: Pads
  readonly dilations?: Pair
  readonly group?: number
}

/** What is not drawn. */
export interface Choices {
  readonly clamp?: Clamp
  /** int8: every input and every weight. */
  readonly fill?: readonly [number, number]
  readonly multiplier?: number
  readonly inputZeroPoint?: number
  /** int8: inputs, weights, zero points and biases of a few units, so that nothing saturates. */
  readonly small?: boolean
}

/** The spec of a convolution, without weight zero points. */
export function convSpec(shape: ConvShape, precision: Precision): ConvSpec {
  const { x, outputs, kernel, strides = [1, 1], pads = NO_PADS, dilations = [1, 1], group = 1 } = shape
  const window = { kernel, strides, pads, dilations }
  const dtype = ACTIVATION_DTYPE[precision]
  const output = specOf(dtype, [x[0], outputs, ...windowOutput(window, [x[2], x[3]])])
  return { op: 'Conv', inputs: [specOf(dtype, x)], output, ...window, group, weightZeroPoints: false }
}

/** x [m,k] by weights [n,k]. */
export function gemmSpec(m: number, k: number, n: number, precision: Precision): GemmSpec {
  const dtype = ACTIVATION_DTYPE[precision]
  return {
    op: 'Gemm',
    inputs: [specOf(dtype, [m, k])],
    output: specOf(dtype, [m, n]),
    weightZeroPoints: false,
  }
}

/** A case of random inputs, weights and grids. */
export function layerCase(
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
  const span = spec.weightBits === 4 ? 16 : 256
  if (spec.weightBits === 4) for (const [i, q] of weight.data.entries()) weight.data[i] = q >> 4
  // Sums spread by about 74 * 0.29 span * sqrt(products): this multiplier uses the output's range and saturates at
  // times.
  const typical = 64 / (21.5 * span * Math.sqrt(products))
  const bias = choices.small ? 10 : 40 * span
  return {
    kind: 'int-weights',
    weight: chosen(weight, choices, 1),
    bias: Int32Array.from({ length: outputs }, () => random.below(2 * bias + 1) - bias),
    multiplier: Float32Array.from(
      { length: outputs },
      () => choices.multiplier ?? typical * (0.25 + random.uniform()),
    ),
    inputZeroPoint: choices.inputZeroPoint ?? (choices.small ? 1 : random.below(256) - 128),
    weightZeroPoints: Int32Array.from({ length: outputs }, () =>
      spec.weightZeroPoints ? random.below(span) - span / 2 : 0,
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
