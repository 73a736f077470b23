import { bracketed, type Node } from '@octet/core'
import { CONTRADICTION, integers, operands, refuse, scalar, type Source } from './source.ts'
import { readWindow } from './window.ts'

/** The file's node as core nodes, the last of which yields its output. */
type Convert = (source: Source) => readonly Node[]

const DEFAULT_EPSILON = Math.fround(1e-5)
/** Of HardSigmoid. */
const DEFAULT_ALPHA = Math.fround(0.2)
/** Before opset 11 an absent Clip bound was written as the largest float32. */
const LARGEST_FLOAT32 = 3.4028234663852886e38

const averagePool: Convert = (source) => {
  const ceilMode = source.attributes.flag('ceil_mode', false)
  const countIncludePad = source.attributes.flag('count_include_pad', false)
  const attributes = { ...readWindow(source), ceilMode, countIncludePad }
  if (attributes.dilations.some((dilation) => dilation !== 1))
    refuse(
      source,
      'dilations other than 1 are not supported',
      'use strides, or a Conv with the same window, in place of dilations',
    )
  return [{ ...base(source, 1), op: 'AveragePool', attributes }]
}

const batchNormalization: Convert = (source) => {
  const { attributes } = source
  attributes.ignore('momentum')
  if (attributes.flag('training_mode', false))
    refuse(source, 'it is in training mode', 'export the model for inference')
  const epsilon = attributes.float('epsilon', DEFAULT_EPSILON)
  return [{ ...base(source, 5), op: 'BatchNormalization', attributes: { epsilon } }]
}

const clip: Convert = (source) => {
  operands(source, 1, 3)
  const min = source.attributes.has('min')
    ? source.attributes.bound('min', 0)
    : scalar(source, 1, 'lower bound')
  const max = source.attributes.has('max')
    ? source.attributes.bound('max', 0)
    : scalar(source, 2, 'upper bound')
  return bounded(source, source.inputs[0], min ?? -Infinity, max ?? Infinity)
}

const concat: Convert = (source) => {
  const { name, inputs, output } = source
  if (inputs.includes('')) refuse(source, 'one of its inputs is absent', CONTRADICTION)
  if (!source.attributes.has('axis')) refuse(source, 'attribute "axis" is missing', CONTRADICTION)
  return [{ name, op: 'Concat', inputs, output, attributes: { axis: source.attributes.int('axis', 0) } }]
}

const conv: Convert = (source) => {
  const constant = source.constant(source.inputs[1])
  const weight = constant?.kind === 'float' ? constant.tensor.shape.slice(2) : undefined
  const group = source.attributes.int('group', 1)
  if (!Number.isSafeInteger(group) || group < 1)
    refuse(source, `group ${group} must be at least 1`, CONTRADICTION)
  return [{ ...base(source, 2, 3), op: 'Conv', attributes: { ...readWindow(source, weight), group } }]
}

const flatten: Convert = (source) => [
  { ...base(source, 1), op: 'Flatten', attributes: { axis: source.attributes.int('axis', 1) } },
]

const gemm: Convert = (source) => {
  const attributes = {
    alpha: source.attributes.float('alpha', 1),
    beta: source.attributes.float('beta', 1),
    transA: source.attributes.flag('transA', false),
    transB: source.attributes.flag('transB', false),
  }
  if (attributes.transA)
    refuse(
      source,
      'transA would turn the batch of its activation into features',
      'export the model with transA = 0, the batch in front',
    )
  return [{ ...base(source, 2, 3), op: 'Gemm', attributes }]
}

const hardSigmoid: Convert = (source) => {
  const alpha = source.attributes.float('alpha', DEFAULT_ALPHA)
  const beta = source.attributes.float('beta', 0.5)
  return [{ ...base(source, 1), op: 'HardSigmoid', attributes: { alpha, beta } }]
}

const hardSwish: Convert = (source) => {
  if (source.opset < 14)
    refuse(
      source,
      `opset ${source.opset} has no such op, it came with opset 14`,
      'convert the model to opset 14 or later',
    )
  return [{ ...base(source, 1), op: 'HardSwish', attributes: null }]
}

const maxPool: Convert = (source) => {
  if (source.attributes.int('storage_order', 0) !== 0)
    refuse(
      source,
      'storage_order 1 is not supported',
      'export it with storage_order = 0, which matters to its indices alone',
    )
  const ceilMode = source.attributes.flag('ceil_mode', false)
  return [{ ...base(source, 1), op: 'MaxPool', attributes: { ...readWindow(source), ceilMode } }]
}

/** Min and Max with one constant are a Clip with one bound, as some exporters write ReLU6. */
const oneBound =
  (side: 'Min' | 'Max'): Convert =>
  (source) => {
    if (source.inputs.length !== 2)
      refuse(
        source,
        `it takes ${source.inputs.length} inputs, only a tensor and one constant are supported`,
        `export the model with one ${side} for each constant`,
      )
    operands(source, 2)
    const bound = source.constant(source.inputs[1]) === undefined ? 0 : 1
    const value = scalar(source, bound, 'bound')!
    return bounded(
      source,
      source.inputs[1 - bound],
      side === 'Max' ? value : -Infinity,
      side === 'Min' ? value : Infinity,
    )
  }

/** A mean over height and width is a GlobalAveragePool, flattened where the two are not kept. */
const reduceMean: Convert = (source) => {
  operands(source, 1, 2)
  const keep = source.attributes.flag('keepdims', true)
  const axes = source.attributes.ints('axes') ?? (source.inputs[1] ? integers(source, 1, 'axes') : [])
  const wrapped = axes.map((axis) => (axis < 0 ? axis + 4 : axis)).sort((a, b) => a - b)
  if (wrapped.join() !== '2,3')
    refuse(
      source,
      `a mean over axes ${bracketed(axes)} is not one over height and width`,
      'use GlobalAveragePool, or a mean over axes [2, 3], when the model is exported',
    )
  source.attributes.ignore('noop_with_empty_axes')
  const { name, output } = source
  const pooled = keep ? output : source.freshTensor(`${output}.mean`)
  const pool: Node = {
    name,
    op: 'GlobalAveragePool',
    inputs: [source.inputs[0]],
    output: pooled,
    attributes: null,
  }
  if (keep) return [pool]
  const flat = source.freshNode(`${name}.flatten`)
  return [pool, { name: flat, op: 'Flatten', inputs: [pooled], output, attributes: { axis: 1 } }]
}

const reshape: Convert = (source) => {
  operands(source, 2)
  const shape = integers(source, 1, 'shape')
  if (source.attributes.flag('allowzero', false) && shape.includes(0))
    refuse(source, 'a size of 0 is not supported', 'export it with allowzero = 0')
  if (shape.some((size) => size < -1) || shape.indexOf(-1) !== shape.lastIndexOf(-1))
    refuse(source, `${bracketed(shape)} is not a shape to reshape to`, CONTRADICTION)
  const free =
    source.fixedBatch !== undefined && shape[0] === source.fixedBatch ? [0, ...shape.slice(1)] : shape
  const { name, output } = source
  return [{ name, op: 'Reshape', inputs: [source.inputs[0]], output, attributes: { shape: free } }]
}

/** Up to opset 12 Softmax ran over all axes from `axis` on, which is the same only for the last one. */
const softmax: Convert = (source) => {
  const axis = source.attributes.int('axis', source.opset < 13 ? 1 : -1)
  const rank = source.shape(operands(source, 1)[0]).length
  const last = axis === -1 || axis === rank - 1
  if (axis < -rank || axis >= rank) refuse(source, `axis ${axis} is outside rank ${rank}`, CONTRADICTION)
  if (source.opset < 13 && !last)
    refuse(
      source,
      `before opset 13 only the last axis is supported, this is ${axis} of ${rank}`,
      'flatten its input to [N,F] when the model is exported, or convert the model to opset 13',
    )
  return [{ ...base(source, 1), op: 'Softmax', attributes: { axis } }]
}

const plain =
  (op: 'Add' | 'Mul' | 'MatMul' | 'Relu' | 'Sigmoid' | 'GlobalAveragePool', inputs: number): Convert =>
  (source) => [{ ...base(source, inputs), op, attributes: null }]

/** ONNX ops of the default domain that become core nodes. */
export const OPERATORS: ReadonlyMap<string, Convert> = new Map([
  ['Add', plain('Add', 2)],
  ['AveragePool', averagePool],
  ['BatchNormalization', batchNormalization],
  ['Clip', clip],
  ['Concat', concat],
  ['Conv', conv],
  ['Flatten', flatten],
  ['Gemm', gemm],
  ['GlobalAveragePool', plain('GlobalAveragePool', 1)],
  ['HardSigmoid', hardSigmoid],
  ['HardSwish', hardSwish],
  ['MatMul', plain('MatMul', 2)],
  ['Max', oneBound('Max')],
  ['MaxPool', maxPool],
  ['Min', oneBound('Min')],
  ['Mul', plain('Mul', 2)],
  ['ReduceMean', reduceMean],
  ['Relu', plain('Relu', 1)],
  ['Reshape', reshape],
  ['Sigmoid', plain('Sigmoid', 1)],
  ['Softmax', softmax],
])

interface Base {
  readonly name: string
  readonly inputs: readonly string[]
  readonly output: string
}

function base(source: Source, least: number, most?: number): Base {
  return { name: source.name, inputs: operands(source, least, most), output: source.output }
}

function bounded(source: Source, input: string, low: number, high: number): readonly Node[] {
  const min = low <= -LARGEST_FLOAT32 ? -Infinity : low
  const max = high >= LARGEST_FLOAT32 ? Infinity : high
  if (!(min <= max) || min === Infinity || max === -Infinity)
    refuse(
      source,
      `bounds [${min}, ${max}] hold nothing finite`,
      'export it with a lower bound below the upper one',
    )
  return [{ name: source.name, op: 'Clip', inputs: [input], output: source.output, attributes: { min, max } }]
}
