import { tensor } from '@octet/core'
import { numbersOf } from '../import/fold/values.ts'
import { CONTRADICTION, operands, refuse, type Source } from '../import/source.ts'
import { Chain } from './chain.ts'
import { asFloats, type Reader } from './op.ts'
import { Reduction } from './reduce.ts'

// Ops of ai.onnx.ml that are arithmetic of floats, such as sklearn's scalers and linear models.

function floats(source: Source, name: string): readonly number[] {
  return source.attributes.floats(name) ?? []
}

/** One value per feature, or one for all, in a shape that broadcasts to the input. */
function features(source: Source, part: string, values: readonly number[], rank: number): string {
  const shape = rank === 0 || values.length === 1 ? [] : [values.length]
  return source.freshConstant(`${source.name}.${part}`, tensor('float32', shape, Float32Array.from(values)))
}

/** (x - offset) * scale. */
const scaler: Reader = (source) => {
  const [x] = operands(source, 1).map((input) => asFloats(source, input))
  const { length: rank } = source.shape(x)
  const [offset, scale] = ['offset', 'scale'].map((name) => floats(source, name))
  if (offset.length === 0 || scale.length === 0) refuse(source, 'it has no offset or no scale', CONTRADICTION)
  const chain = new Chain(source)
  const moved = chain.pair('moved', 'Sub', x, features(source, 'offset', offset, rank))
  chain.pair('scaled', 'Mul', moved, features(source, 'scale', scale, rank))
  return chain.reading()
}

/** Divides each row by its largest magnitude, its sum of magnitudes or its length. A row of zeros stays. */
const normalizer: Reader = (source) => {
  const norm = source.attributes.choice('norm', ['MAX', 'L1', 'L2'], 'MAX')
  const [x] = operands(source, 1)
  const { length: rank } = source.shape(x)
  const chain = new Chain(source)
  const r = new Reduction(source, chain, x, [rank - 1])
  const magnitudes = chain.add('magnitudes', { op: 'Abs', inputs: [x], attributes: null })
  const size =
    norm === 'MAX'
      ? r.max('size', x)
      : norm === 'L1'
        ? r.sum('size', magnitudes)
        : chain.add('size', {
            op: 'Sqrt',
            inputs: [r.sum('squares', chain.pair('squared', 'Mul', x, x))],
            attributes: null,
          })
  const isNone = chain.not('none', size)
  chain.pair('normalized', 'Div', x, chain.pair('divisor', 'Add', size, isNone))
  return chain.reading()
}

/** x * W^T + b, with the coefficients as rows of W. */
function linear(source: Source, chain: Chain, x: string, targets: number): string {
  const coefficients = floats(source, 'coefficients')
  const intercepts = floats(source, 'intercepts')
  const count = coefficients.length / targets
  if (!Number.isInteger(count) || count !== source.shape(x).at(-1))
    refuse(source, `${coefficients.length} coefficients do not fit ${targets} rows`, CONTRADICTION)
  const weight = tensor('float32', [targets, count], Float32Array.from(coefficients))
  const bias = Float32Array.from({ length: targets }, (_, i) => intercepts[i] ?? 0)
  const inputs = [
    x,
    source.freshConstant(`${source.name}.weight`, weight),
    source.freshConstant(`${source.name}.bias`, tensor('float32', [targets], bias)),
  ]
  const attributes = { alpha: 1, beta: 1, transA: false, transB: true }
  return chain.add('product', { op: 'Gemm', inputs, attributes })
}

function finished(source: Source, chain: Chain, scores: string): string {
  const end = source.attributes.string('post_transform', 'NONE')
  if (end === 'NONE') return scores
  if (end === 'LOGISTIC') return chain.add('scores', { op: 'Sigmoid', inputs: [scores], attributes: null })
  if (end === 'SOFTMAX')
    return chain.add('scores', { op: 'Softmax', inputs: [scores], attributes: { axis: -1 } })
  return refuse(
    source,
    `post_transform ${end} is not computed`,
    'export the model with NONE, LOGISTIC or SOFTMAX',
  )
}

const linearRegressor: Reader = (source) => {
  const [x] = operands(source, 1).map((input) => asFloats(source, input))
  const chain = new Chain(source)
  finished(source, chain, linear(source, chain, x, source.attributes.int('targets', 1)))
  return chain.reading()
}

/** The class with the largest score, and the scores. */
const linearClassifier: Reader = (source) => {
  const { attributes, outputs } = source
  const [x] = operands(source, 1).map((input) => asFloats(source, input))
  const [labels, names] = [attributes.ints('classlabels_ints'), attributes.strings('classlabels_strings')]
  attributes.ignore('multi_class')
  const classes = labels?.length ?? names?.length ?? 0
  if (classes < 2) refuse(source, `it has ${classes} classes`, CONTRADICTION)
  const chain = new Chain(source)
  const scores = finished(source, chain, linear(source, chain, x, classes))
  const [label = '', probabilities = ''] = outputs
  if (probabilities !== '')
    chain.add('all', { op: 'Mul', inputs: [scores, chain.number('one', 1)], attributes: null }, probabilities)
  if (label !== '') {
    if (labels === undefined)
      refuse(source, 'its labels are strings', 'name the output that holds the scores: --output NAME')
    const place = chain.add('place', {
      op: 'ArgMax',
      inputs: [scores],
      attributes: { axis: 1, selectLast: false },
    })
    const chosen = chain.oneHot('class', place, [0, 1], classes)
    const table = source.freshConstant(
      `${source.name}.labels`,
      tensor('float32', [classes, 1], Float32Array.from(labels)),
    )
    const named = chain.add('named', { op: 'MatMul', inputs: [chosen, table], attributes: null })
    chain.add('label', { op: 'Reshape', inputs: [named], attributes: { shape: [-1] } }, label)
  }
  return chain.readings()
}

/** Replaces each missing value: NaN, or the value that stands for it. */
const imputer: Reader = (source) => {
  const [x] = operands(source, 1).map((input) => asFloats(source, input))
  const { attributes } = source
  const { length: rank } = source.shape(x)
  const values = attributes.floats('imputed_value_floats') ?? attributes.ints('imputed_value_int64s') ?? []
  const missing = attributes.has('replaced_value_int64')
    ? attributes.int('replaced_value_int64', 0)
    : (attributes.any('replaced_value_float') ?? 0)
  if (values.length === 0) refuse(source, 'it has no values to insert', CONTRADICTION)
  const chain = new Chain(source)
  const isMissing = Number.isNaN(missing)
    ? chain.not('missing', chain.pair('number', 'Equal', x, x))
    : chain.pair('missing', 'Equal', x, chain.number('missing', missing))
  const inputs = [isMissing, features(source, 'values', values, rank), x]
  chain.add('imputed', { op: 'Where', inputs, attributes: null })
  return chain.reading()
}

/** Columns at constant indices, or labels of a table at a computed index. */
const arrayFeatureExtractor: Reader = (source) => {
  const [x, places] = operands(source, 2)
  const chain = new Chain(source)
  const indices = source.constant(places)
  if (indices?.kind === 'integer') {
    const axis = source.shape(x).length - 1
    chain.add('columns', { op: 'Gather', inputs: [x], attributes: { axis, indices: indices.values } })
    return chain.reading()
  }
  const table = source.constant(x)
  if (table === undefined)
    refuse(source, 'its indices and its data are both computed', 'name a tensor before it: --output NAME')
  const held = Float32Array.from(numbersOf(table))
  const chosen = chain.oneHot('place', places, [-1, 1], held.length)
  const rows = source.freshConstant(x, tensor('float32', [held.length, 1], held))
  chain.add('chosen', { op: 'MatMul', inputs: [chosen, rows], attributes: null })
  return chain.reading()
}

/** 1 above a threshold, and 0 elsewhere. */
const binarizer: Reader = (source) => {
  const [x] = operands(source, 1)
  const chain = new Chain(source)
  chain.pair('above', 'Less', chain.number('threshold', source.attributes.float('threshold', 0)), x)
  return chain.reading()
}

/** Ops of `ai.onnx.ml`, by their names with the domain. */
export const CLASSICAL: Readonly<Record<string, Reader>> = {
  'ai.onnx.ml.ArrayFeatureExtractor': arrayFeatureExtractor,
  'ai.onnx.ml.Binarizer': binarizer,
  'ai.onnx.ml.Imputer': imputer,
  'ai.onnx.ml.LinearClassifier': linearClassifier,
  'ai.onnx.ml.LinearRegressor': linearRegressor,
  'ai.onnx.ml.Normalizer': normalizer,
  'ai.onnx.ml.Scaler': scaler,
}
