import { type Constants, NO_PADS, type OpSpec, type Shape, type Tensor } from '@octet/core'
import type { Window } from '@octet/core'
import { matMulNumbers, weightedNumbers } from '../ops/constants.ts'
import type { SpecOf, Target } from '../ops/op.ts'
import { POINT } from '../ops/product.ts'
import { type Image, imageOf } from '../ops/window.ts'

/** An op as a convolution of images in ONNX order. */
export interface Job extends Epilogue {
  /** With one channel, the reference leaves out padding. With several, it adds zeros. */
  readonly kernel: 'exactDepthwise' | 'exactProduct'
  readonly x: Tensor
  readonly inputZeroPoint: number
  /** The rows of weights, [outputs][k]. */
  readonly weights: Tensor
  /** int8: subtracted from weights, one for all or one per output. */
  readonly weightZeroPoints: ArrayLike<number>
  readonly images: number
  readonly image: Image
  readonly window: Window
  readonly groups: number
  /** The channels of one group. */
  readonly channels: number
  readonly outputs: number
  /** Elements of y from position to position, and from output to output. */
  readonly steps: readonly [position: number, output: number]
}

/** The processing of sums. */
interface Epilogue {
  /** One per output. Absent if nothing is added. */
  readonly bias?: ArrayLike<number>
  /** int8: one for all or one per output. */
  readonly multiplier: ArrayLike<number>
  readonly target: Target
}

/** The plan of an op. Undefined for an op that these kernels do not compute. */
export function jobOf(spec: OpSpec, constants: Constants, inputs: readonly Tensor[]): Job | undefined {
  if ('fixedPoint' in spec && spec.fixedPoint !== undefined) return undefined
  switch (spec.op) {
    case 'Conv':
      return convolution(spec, constants, inputs[0])
    case 'Gemm':
      return gemm(spec, constants, inputs[0])
    case 'MatMul':
      return matMul(spec, constants, inputs)
    default:
      return undefined
  }
}

function convolution(spec: SpecOf<'Conv'>, constants: Constants, x: Tensor): Job {
  const { shape } = spec.inputs[0]
  const [, , outHeight, outWidth] = spec.output.shape
  const positions = outHeight * outWidth
  const channels = shape[1] / spec.group
  return {
    kernel: channels === 1 ? 'exactDepthwise' : 'exactProduct',
    x,
    ...weightedBy(spec, constants),
    images: shape[0],
    ...(isPoint(spec)
      ? { image: [1, positions, 1, positions], window: POINT }
      : { image: imageOf(shape, spec.output.shape), window: spec }),
    groups: spec.group,
    channels,
    outputs: spec.output.shape[1] / spec.group,
    steps: [1, positions],
  }
}

/** Whether each output position reads only the same position of x. */
function isPoint({ kernel, strides, pads }: Window): boolean {
  return (
    kernel.every((size) => size === 1) &&
    strides.every((size) => size === 1) &&
    pads.every((size) => size === 0)
  )
}

/** x [P,K] as an image with P lines, where each line is a window. */
function gemm(spec: SpecOf<'Gemm'>, constants: Constants, x: Tensor): Job {
  const [rows, k] = spec.inputs[0].shape
  const outputs = spec.output.shape[1]
  return {
    kernel: 'exactProduct',
    x,
    ...weightedBy(spec, constants),
    images: 1,
    image: [rows, k, rows, 1],
    window: { ...POINT, kernel: [1, k], pads: NO_PADS },
    groups: 1,
    channels: 1,
    outputs,
    steps: [outputs, 1],
  }
}

/** The rows of a as the weights of as many outputs, and the rows of b as the channels of an image with one line. */
function matMul(spec: SpecOf<'MatMul'>, constants: Constants, [a, b]: readonly Tensor[]): Job | undefined {
  const [left, right]: readonly Shape[] = spec.inputs.map(({ shape }) => shape)
  if (left.length !== 2 || right.length !== 2) return undefined
  const [channels, positions] = right
  const { target, aZeroPoint, bZeroPoint, multiplier } = matMulNumbers(spec, constants)
  return {
    kernel: 'exactProduct',
    x: b,
    weights: a,
    inputZeroPoint: bZeroPoint,
    weightZeroPoints: [aZeroPoint],
    multiplier: [multiplier],
    target,
    images: 1,
    image: [1, positions, 1, positions],
    window: POINT,
    groups: 1,
    channels,
    outputs: left[0],
    steps: [1, positions],
  }
}

type Weighted = Epilogue & Pick<Job, 'weights' | 'weightZeroPoints' | 'inputZeroPoint'>

function weightedBy(spec: SpecOf<'Conv' | 'Gemm'>, constants: Constants): Weighted {
  const { weight, weightZeroPoints = [0], ...numbers } = weightedNumbers(spec, constants)
  return { ...numbers, weights: weight, weightZeroPoints }
}
