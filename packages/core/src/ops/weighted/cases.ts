import { Random } from '../../statistics/random.ts'
import type { DType } from '../../tensor/dtype.ts'
import { elements, type Shape, type Tensor } from '../../tensor/tensor.ts'
import { bytes, floatTensor, FREE, randomFloats, randomTensor, WHOLE, type Case } from '../case.ts'
import { HELD, sixteenths } from '../nan.ts'
import type { Clamp, Constants, WeightTraits } from '../spec.ts'
import type { WeightedSpec } from './weighted.ts'

export const CORRECTED: WeightTraits = { weightZeroPoints: true }
export const INT4: WeightTraits = { weightZeroPoints: false, weightBits: 4 }

/** Values that a case fixes instead of drawing them. */
export interface Choices {
  readonly traits?: WeightTraits
  readonly clamp?: Clamp
  /** int8: the value of every input and the value of every weight. */
  readonly fill?: readonly [number, number]
  readonly multiplier?: number
  readonly inputZeroPoint?: number
  /** int8: inputs, weights, zero points and biases of a few units, so that nothing saturates. */
  readonly small?: boolean
}

/** A case with random inputs, weights [M, ...] and grids. */
export function layerCase<S extends WeightedSpec>(
  name: string,
  spec: S,
  shape: Shape,
  random: Random,
  choices: Choices = {},
): Case<S> {
  const [x] = spec.inputs
  const drawn = randomTensor(random, x)
  const input = x.dtype === 'int8' ? chosen(drawn as Tensor<'int8'>, choices, 0) : drawn
  const make = x.dtype === 'int8' ? integers : floats
  return { name, spec, constants: make(spec, shape, random, choices), inputs: [input] }
}

function integers(spec: WeightedSpec, shape: Shape, random: Random, choices: Choices): Constants {
  const [outputs, ...inner] = shape
  const weight = randomTensor(random, { dtype: 'int8', shape }) as Tensor<'int8'>
  const span = spec.weightBits === 4 ? 16 : 256
  if (spec.weightBits === 4) for (const [i, q] of weight.data.entries()) weight.data[i] = q >> 4
  // Sums spread by about 74 * 0.29 span * sqrt(products). With this multiplier they use the output's range and
  // sometimes saturate.
  const typical = 64 / (21.5 * span * Math.sqrt(elements(inner)))
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
    clamp: choices.clamp ?? WHOLE,
  }
}

function floats({ inputs }: WeightedSpec, shape: Shape, random: Random, { clamp }: Choices): Constants {
  return {
    kind: 'float-weights',
    weight: floatTensor(inputs[0].dtype, shape, randomFloats(random, elements(shape))),
    bias: randomFloats(random, shape[0]),
    clamp: clamp ?? FREE,
  }
}

/** Integers as drawn, or all equal to `fill[side]`, or small. */
function chosen(target: Tensor<'int8'>, { fill, small }: Choices, side: 0 | 1): Tensor<'int8'> {
  if (fill) target.data.fill(fill[side])
  if (small) for (const [i, q] of target.data.entries()) target.data[i] = q >> 5
  return target
}

/** The output channels of layers whose sums lie beside ties. */
export const CHANNELS = 1024

/**
 * A layer of CHANNELS outputs on zeros: the bias is the sum, and its channel's multiplier puts it beside a tie.
 * Compilers may treat the ops after the sums differently in each kind of kernel; `title` names the kind.
 */
export function* besideTies<S extends WeightedSpec>(
  title: string,
  spec: S,
  shape: Shape,
): Generator<Case<S>> {
  for (const [range, from, to] of [
    ['below 2^20', 1, 2 ** 20],
    ['from 2^24 to 2^30', 2 ** 24, 2 ** 30],
  ] as const)
    yield {
      name: `${spec.op} int8: ${title} of zeros, sums ${range} beside ties`,
      spec,
      constants: tied(shape, from, to),
      inputs: [bytes(spec.inputs[0].shape, () => 0)],
    }
}

/** Biases of both signs, with magnitudes spread over the octaves of a range. */
function tied(shape: Shape, from: number, to: number): Constants {
  const random = new Random(from)
  const octaves = Math.log2(to / from)
  const sums = Array.from({ length: CHANNELS }, () =>
    Math.floor(from * 2 ** random.below(octaves) * (1 + random.uniform())),
  )
  return {
    kind: 'int-weights',
    weight: bytes(shape, () => 0),
    bias: Int32Array.from(sums, (sum, channel) => (channel % 2 === 0 ? sum : -sum)),
    multiplier: Float32Array.from(sums, (sum, channel) => ((channel % 127) + 0.5) / sum),
    inputZeroPoint: 0,
    weightZeroPoints: new Int32Array(CHANNELS),
    outputZeroPoint: 0,
    clamp: WHOLE,
  }
}

/** The weights of a layer whose inputs have NaN among the numbers. */
export function steadyWeights(dtype: DType, shape: Shape): Constants {
  return {
    kind: 'float-weights',
    weight: sixteenths(dtype, shape),
    bias: new Float32Array(shape[0]).fill(0.25),
    clamp: HELD.clamp,
  }
}
