import type { Node } from '@octet/core'
import { CONTRADICTION, operands, refuse, type Source } from '../import/source.ts'
import { Chain, type Part } from './chain.ts'
import { conv } from './conv.ts'
import { gemm } from './gemm.ts'
import type { Reader } from './op.ts'

// Ops of ONNX Runtime's own domain. Its optimizer writes them to replace several ONNX ops.

/** The function after an op, by its name in the attribute `activation`. */
function functionOf(source: Source, name: string, [a = 0, b = 0]: readonly number[], x: string): Part {
  const inputs = [x]
  switch (name) {
    case 'Relu':
    case 'Tanh':
    case 'Sigmoid':
      return { op: name, inputs, attributes: null }
    case 'LeakyRelu':
      return { op: name, inputs, attributes: { alpha: a } }
    case 'HardSigmoid':
      return { op: name, inputs, attributes: { alpha: a, beta: b } }
    case 'Clip':
      return { op: name, inputs, attributes: { min: a, max: b } }
    default:
      return refuse(source, `its activation ${name} is not computed`, 'export the model without fusions')
  }
}

/** An op followed by a function of its output. */
function followed(read: Reader, parameters: (source: Source) => readonly number[]): Reader {
  return (source) => {
    const activation = source.attributes.string('activation', '')
    const given = parameters(source)
    if (activation === '') return read(source)
    const before = source.freshTensor(`${source.output}.before`)
    const reading = read({ ...source, output: before })
    if (!('nodes' in reading)) return refuse(source, 'it computes nothing', CONTRADICTION)
    const name = source.freshNode(`${source.name}.activation`)
    const end = { ...functionOf(source, activation, given, before), name, output: source.output } as Node
    return { nodes: [...reading.nodes, end] }
  }
}

const fusedMatMul: Reader = (source) => {
  const { attributes } = source
  const [a, b] = operands(source, 2)
  const alpha = attributes.float('alpha', 1)
  const [turnsA, turnsB] = ['transA', 'transB'].map((name) => attributes.flag(name, false))
  const [batchA, batchB] = ['transBatchA', 'transBatchB'].map((name) => attributes.flag(name, false))
  if (batchA || batchB) refuse(source, 'it transposes batches', 'export the model without fusions')
  const chain = new Chain(source)
  const turned = (part: string, x: string, turns: boolean): string => {
    const { length } = source.shape(x)
    const perm = Array.from({ length }, (_, axis) => axis)
    return turns ? chain.transpose(part, x, [...perm.slice(0, -2), length - 1, length - 2]) : x
  }
  const inputs = [turned('left', a, turnsA), turned('right', b, turnsB)]
  const product = chain.add('product', { op: 'MatMul', inputs, attributes: null })
  if (alpha !== 1) chain.pair('scaled', 'Mul', product, chain.number('alpha', alpha))
  return chain.reading()
}

/** A function of one tensor, after an optional bias. */
function biased(least: number, most: number, make: (source: Source, x: string) => Part): Reader {
  return (source) => {
    const [x, bias] = operands(source, least, most)
    const chain = new Chain(source)
    chain.add('function', make(source, bias === undefined ? x : chain.pair('biased', 'Add', x, bias)))
    return chain.reading()
  }
}

const gelu =
  (approximate: 'none' | 'tanh') =>
  (_: Source, x: string): Part => ({ op: 'Gelu', inputs: [x], attributes: { approximate } })

/** The normalization of a sum, where the sum may be a separate output. */
const skipLayerNormalization: Reader = (source) => {
  const [x, skip, scale, offset = '', bias = ''] = operands(source, 3, 5)
  const { length: rank } = source.shape(x)
  const epsilon = source.attributes.float('epsilon', Math.fround(1e-12))
  const chain = new Chain(source)
  const sum = chain.pair('sum', 'Add', x, skip)
  const biasedSum = bias === '' ? sum : chain.pair('biased', 'Add', sum, bias)
  const [output = '', , , whole = ''] = source.outputs
  if (whole !== '') chain.rename(biasedSum, whole)
  if (output !== '')
    chain.add(
      'normalized',
      {
        op: 'LayerNormalization',
        inputs: [whole || biasedSum, scale, ...(offset === '' ? [] : [offset])],
        attributes: { axis: rank - 1, epsilon },
      },
      output,
    )
  return chain.readings()
}

/** Ops of `com.microsoft`, by their names with the domain. */
export const FUSED: Readonly<Record<string, Reader>> = {
  'com.microsoft.BiasGelu': biased(2, 2, gelu('none')),
  'com.microsoft.FastGelu': biased(1, 2, gelu('tanh')),
  'com.microsoft.FusedConv': followed(
    conv.read,
    ({ attributes }) => attributes.floats('activation_params') ?? [],
  ),
  'com.microsoft.FusedGemm': followed(gemm.read, ({ attributes }) => [
    attributes.float('activation_alpha', 0),
    attributes.float('activation_beta', 0),
  ]),
  'com.microsoft.FusedMatMul': fusedMatMul,
  'com.microsoft.Gelu': biased(1, 1, gelu('none')),
  'com.microsoft.QuickGelu': biased(1, 1, (source, x) => ({
    op: 'Swish',
    inputs: [x],
    attributes: { alpha: source.attributes.float('alpha', Math.fround(1.702)) },
  })),
  'com.microsoft.SkipLayerNormalization': skipLayerNormalization,
}
