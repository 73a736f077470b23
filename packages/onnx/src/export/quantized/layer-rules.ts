import type { OnnxNode } from '../encode.ts'
import { nameOf, numbersOf } from './placement-rules.ts'
import type { Rule } from './rule.ts'
import type { GraphView } from './view.ts'

const WEIGHTED: ReadonlySet<string> = new Set(['Conv', 'Gemm'])

/** Ops that move or select values. Their output has the grid of their input. */
const MOVES: ReadonlySet<string> = new Set([
  'MaxPool',
  'Reshape',
  'Flatten',
  'Transpose',
  'Slice',
  'Gather',
  'Expand',
  'DepthToSpace',
  'SpaceToDepth',
  'Relu',
  'Clip',
])

/** Rules about integer layers and their grids. */
export const layerRules: readonly Rule[] = [
  {
    id: 'one integer type',
    source:
      'onnxruntime 1.30, qdq_selectors.cc: Conv and Gemm read and yield one type; int8 reads int8 weights alone',
    broken: (view) =>
      weighted(view).flatMap((node) => {
        const [input, weight] = view.dequantizersOf(node).map((dq) => view.zeroPointOf(dq)?.dtype)
        const output = view.zeroPointOf(view.quantizerOf(node))?.dtype
        if (input !== output) return [`${nameOf(node)} reads ${input} and yields ${output}`]
        return input === 'int8' && weight === 'uint8'
          ? [`${nameOf(node)} reads int8 by ${weight} weights`]
          : []
      }),
  },
  {
    id: 'biases on the grid of sums',
    source:
      'ONNX QLinearConv: the bias is int32, its scale that of x times that of w, its zero point 0 (onnx#7752)',
    broken: (view) =>
      weighted(view).flatMap((node) => {
        const [input, weight, bias] = view.dequantizersOf(node)
        const [s] = numbersOf(view.scaleOf(input))
        const expected = numbersOf(view.scaleOf(weight)).map((w) => Math.fround(s * w))
        const isInt32 = view.constant(bias?.inputs[0])?.dtype === 'int32'
        const isZero = numbersOf(view.zeroPointOf(bias)).every((z) => z === 0)
        const fits = numbersOf(view.scaleOf(bias)).join() === expected.join()
        return isInt32 && isZero && fits
          ? []
          : [`the bias of ${nameOf(node)} is on another grid than its sums`]
      }),
  },
  {
    id: 'symmetric weights',
    source:
      'LiteRT 8-bit specification, TensorRT: weights have zero point 0 and leave the lowest integer out',
    targets: ['generic'],
    broken: (view) =>
      weighted(view).flatMap((node) => {
        const [, weight] = view.dequantizersOf(node)
        const held = view.constant(weight?.inputs[0])
        if (numbersOf(view.zeroPointOf(weight)).some((z) => z !== 0))
          return [`the weights of ${nameOf(node)} have a zero point`]
        const lowest = held?.dtype === 'int8' && numbersOf(held).includes(-128)
        return lowest ? [`the weights of ${nameOf(node)} have the integer -128`] : []
      }),
  },
  {
    id: 'weights of a type that is joined',
    source: 'measured with onnxruntime-node 1.30: an int4 Conv stays in float, 9 of 9',
    targets: ['ort'],
    broken: (view) =>
      weighted(view)
        .filter((node) => view.constant(view.dequantizersOf(node)[1]?.inputs[0])?.dtype !== 'int8')
        .map((node) => `${nameOf(node)} has weights that are not int8`),
  },
  {
    id: 'uint8 activations',
    source:
      'onnxruntime 1.30, qdq_s8_to_u8.cc: on x86 it makes uint8 of int8, where one reader stands behind it',
    targets: ['ort'],
    broken: (view) =>
      view
        .all('QuantizeLinear')
        .filter((node) => view.zeroPointOf(node)?.dtype !== 'uint8')
        .map((node) => `${nameOf(node)} has another output type than uint8`),
  },
  {
    id: 'plain products',
    source: 'onnxruntime 1.30, qdq_selectors.cc: a Gemm whose beta is not 1 stays in float',
    broken: (view) =>
      view.layers
        .filter(({ op }) => op === 'Gemm')
        .filter(({ attributes = {} }) =>
          ['alpha', 'beta'].some((key) => (attributes[key] as { float?: number })?.float !== 1),
        )
        .map((node) => `${nameOf(node)} has an alpha or a beta`),
  },
  {
    id: 'no activation between a sum and its QuantizeLinear',
    source:
      'onnxruntime 1.30, relu_quant_rewrite and clip_quant_rewrite: they are dropped only where the ' +
      'grid implies them, else Conv stays float',
    broken: (view) =>
      view
        .all('Relu', 'Clip')
        .filter((node) => view.quantizerOf(node) !== undefined && view.dequantizersOf(node)[0] === undefined)
        .map((node) => `${nameOf(node)} stands between a layer and its QuantizeLinear`),
  },
  {
    id: 'no Softmax on integers',
    source:
      'measured with onnxruntime-node 1.30: QLinearSoftmax yields other integers than a Softmax that is quantized',
    targets: ['ort'],
    broken: (view) =>
      view
        .all('Softmax')
        .filter((node) => view.quantizerOf(node) !== undefined)
        .map((node) => `${nameOf(node)} stands before a QuantizeLinear`),
  },
  {
    id: 'shared grids',
    source:
      'LiteRT 8-bit specification; onnxruntime 1.30 drops both sides of a MaxPool or Reshape where they are equal',
    broken: (view) =>
      view.layers
        .filter(({ op }) => MOVES.has(op))
        .filter((node) => {
          const [before, behind] = [view.dequantizersOf(node)[0], view.quantizerOf(node)]
          return before?.inputs[1] !== behind?.inputs[1] || before?.inputs[2] !== behind?.inputs[2]
        })
        .map((node) => `${nameOf(node)} moves values between two grids`),
  },
]

function weighted(view: GraphView): readonly OnnxNode[] {
  return view.layers.filter(({ op }) => WEIGHTED.has(op))
}
