import { elements, tensor, type Shape } from '@octet/core'
import { axesOf, CONTRADICTION, operands, refuse, type Source } from '../import/source.ts'
import { Chain } from './chain.ts'
import type { Reader } from './op.ts'
import { Reduction } from './reduce.ts'

// Normalizations that core has no op for. Each node of the file becomes several of core's ops.

/**
 * Normalizes each of `rows` equal parts of a sample by its own mean and variance. A gain and an offset for each of
 * `parts` channels or groups follow.
 */
function affineRows(source: Source, chain: Chain, rows: number, parts: number): void {
  const [x, scale, bias] = source.inputs
  const shape = source.shape(x)
  const epsilon = source.attributes.float('epsilon', Math.fround(1e-5))
  const inner = elements(shape.slice(1)) / rows
  const joined = chain.reshape('rows', x, [-1, inner])
  const ones = source.freshConstant(
    `${source.name}.ones`,
    tensor('float32', [inner], new Float32Array(inner).fill(1)),
  )
  const normalized = chain.add('normalized', {
    op: 'LayerNormalization',
    inputs: [joined, ones],
    attributes: { axis: 1, epsilon },
  })
  const apart = chain.reshape('apart', normalized, [-1, parts, elements(shape.slice(1)) / parts])
  const one = (part: string, name: string): string => sized(source, chain, part, name, [parts, 1])
  const scaled = chain.add('scaled', { op: 'Mul', inputs: [apart, one('scale', scale)], attributes: null })
  const moved = chain.add('moved', { op: 'Add', inputs: [scaled, one('bias', bias)], attributes: null })
  chain.reshape('back', moved, [0, ...shape.slice(1)])
}

/** A scale or bias in a shape that broadcasts. */
function sized(source: Source, chain: Chain, part: string, name: string, shape: Shape): string {
  const held = source.constant(name)
  if (held?.kind !== 'float') return chain.reshape(part, name, shape)
  if (held.tensor.data.length !== elements(shape))
    refuse(source, `its ${part} has ${held.tensor.data.length} values, not ${elements(shape)}`, CONTRADICTION)
  return source.freshConstant(name, { ...held.tensor, shape })
}

/** Normalizes each channel of a sample by its own mean and variance. */
const instanceNormalization: Reader = (source) => {
  const [x] = operands(source, 3)
  const [, channels] = source.shape(x)
  const chain = new Chain(source)
  affineRows(source, chain, channels, channels)
  return chain.reading()
}

/** Normalizes each group of channels by its mean and variance. Before opset 21, scale and bias were per group. */
const groupNormalization: Reader = (source) => {
  const [x, scale] = operands(source, 3)
  const [, channels] = source.shape(x)
  const groups = source.attributes.int('num_groups', 0)
  source.attributes.ignore('stash_type')
  if (groups < 1 || channels % groups !== 0)
    refuse(source, `${channels} channels do not make ${groups} groups`, CONTRADICTION)
  const chain = new Chain(source)
  const count = elements(source.shape(scale))
  affineRows(source, chain, groups, count === groups ? groups : channels)
  return chain.reading()
}

/** x / sqrt(mean(x^2) + epsilon) * scale, with the mean over all axes from `axis` on. */
const rmsNormalization: Reader = (source) => {
  const { attributes } = source
  const [x, scale] = operands(source, 2)
  const { length: rank } = source.shape(x)
  const [axis] = axesOf(source, [attributes.int('axis', -1)], rank)
  const epsilon = attributes.float('epsilon', Math.fround(1e-5))
  attributes.ignore('stash_type')
  const chain = new Chain(source)
  const r = new Reduction(
    source,
    chain,
    x,
    Array.from({ length: rank - axis }, (_, i) => axis + i),
  )
  const squares = chain.add('squares', { op: 'Mul', inputs: [x, x], attributes: null })
  const inputs = [r.mean('mean', squares), r.constant('epsilon', epsilon)]
  const sum = chain.add('sum', { op: 'Add', inputs, attributes: null })
  const factor = chain.add('factor', { op: 'Power', inputs: [sum], attributes: { exponent: -0.5 } })
  const normalized = chain.add('normalized', { op: 'Mul', inputs: [x, factor], attributes: null })
  chain.add('scaled', { op: 'Mul', inputs: [normalized, scale], attributes: null })
  return chain.reading()
}

/** The smallest normal float32. With it, a vector of zeros stays zero. */
const SMALLEST = 2 ** -126

/** x divided by its norm along an axis: the sum of magnitudes, or the root of the sum of squares. */
const lpNormalization: Reader = (source) => {
  const { attributes } = source
  const [x] = operands(source, 1)
  const axes = axesOf(source, [attributes.int('axis', -1)], source.shape(x).length)
  const p = attributes.int('p', 2)
  if (p !== 1 && p !== 2) refuse(source, `p is ${p}, not 1 or 2`, CONTRADICTION)
  const chain = new Chain(source)
  const r = new Reduction(source, chain, x, axes)
  const terms =
    p === 1
      ? chain.add('terms', { op: 'Abs', inputs: [x], attributes: null })
      : chain.add('terms', { op: 'Mul', inputs: [x, x], attributes: null })
  const sum = r.sum('sum', terms)
  const norm = p === 1 ? sum : chain.add('norm', { op: 'Sqrt', inputs: [sum], attributes: null })
  const held = chain.add('held', { op: 'Clip', inputs: [norm], attributes: { min: SMALLEST, max: Infinity } })
  const factor = chain.add('factor', { op: 'Reciprocal', inputs: [held], attributes: null })
  chain.add('normalized', { op: 'Mul', inputs: [x, factor], attributes: null })
  return chain.reading()
}

/** The number that MeanVarianceNormalization adds to a deviation. */
const DEVIATION = 1e-9

/** (x - mean) / (deviation + 1e-9), with mean and deviation over the axes. */
const meanVarianceNormalization: Reader = (source) => {
  const [x] = operands(source, 1)
  const axes = axesOf(source, source.attributes.ints('axes') ?? [0, 2, 3], source.shape(x).length)
  const chain = new Chain(source)
  const r = new Reduction(source, chain, x, axes)
  const minus = chain.add('minus', { op: 'Neg', inputs: [r.mean('mean', x)], attributes: null })
  const centred = chain.add('centred', { op: 'Add', inputs: [x, minus], attributes: null })
  const squares = chain.add('squares', { op: 'Mul', inputs: [centred, centred], attributes: null })
  const root = chain.add('root', { op: 'Sqrt', inputs: [r.mean('variance', squares)], attributes: null })
  const inputs = [root, r.constant('least', DEVIATION)]
  const deviation = chain.add('deviation', { op: 'Add', inputs, attributes: null })
  const factor = chain.add('factor', { op: 'Reciprocal', inputs: [deviation], attributes: null })
  chain.add('normalized', { op: 'Mul', inputs: [centred, factor], attributes: null })
  return chain.reading()
}

/** x / (bias + alpha / size * sum)^beta, where the sum is over the squares of the `size` channels around each. */
const lrn: Reader = (source) => {
  const { attributes } = source
  const [x] = operands(source, 1)
  const shape = source.shape(x)
  const size = attributes.int('size', 0)
  if (size < 1) refuse(source, `its size is ${size}`, CONTRADICTION)
  const [alpha, beta] = [attributes.float('alpha', Math.fround(1e-4)), attributes.float('beta', 0.75)]
  const bias = attributes.float('bias', 1)
  const chain = new Chain(source)
  const number = (part: string, value: number): string =>
    source.freshConstant(`${source.name}.${part}`, tensor('float32', [], Float32Array.of(value)))
  const squares = chain.add('squares', { op: 'Mul', inputs: [x, x], attributes: null })
  const front = Math.floor((size - 1) / 2)
  const window = {
    kernel: [size, 1],
    strides: [1, 1],
    pads: [front, 0, size - 1 - front, 0],
    dilations: [1, 1],
    ceilMode: false,
    countIncludePad: true,
  } as const
  const planes = chain.reshape('planes', squares, [0, 1, shape[1], -1])
  const mean = chain.add('mean', { op: 'AveragePool', inputs: [planes], attributes: window })
  const image = chain.reshape('image', mean, [0, ...shape.slice(1)])
  const scaled = chain.add('scaled', { op: 'Mul', inputs: [image, number('alpha', alpha)], attributes: null })
  const sum = chain.add('sum', { op: 'Add', inputs: [scaled, number('bias', bias)], attributes: null })
  const factor = chain.add('factor', { op: 'Power', inputs: [sum], attributes: { exponent: -beta } })
  chain.add('normalized', { op: 'Mul', inputs: [x, factor], attributes: null })
  return chain.reading()
}

/** Normalizations by ONNX's names. */
export const NORMALIZATIONS: Readonly<Record<string, Reader>> = {
  GroupNormalization: groupNormalization,
  InstanceNormalization: instanceNormalization,
  LpNormalization: lpNormalization,
  LRN: lrn,
  MeanVarianceNormalization: meanVarianceNormalization,
  RMSNormalization: rmsNormalization,
  // ONNX Runtime's optimizer writes this op in ONNX's own domain.
  SimplifiedLayerNormalization: rmsNormalization,
}
