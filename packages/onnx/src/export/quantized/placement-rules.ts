import type { OnnxNode, OnnxTensor } from '../encode.ts'
import type { Rule } from './rule.ts'

/** Rules about QuantizeLinear and DequantizeLinear nodes and their places. */
export const placementRules: readonly Rule[] = [
  {
    id: 'constant grids',
    source:
      'onnxruntime 1.30, qdq_util.cc: a QuantizeLinear and a DequantizeLinear are joined where scale ' +
      'and zero point are constants and the zero point is there',
    broken: (view) =>
      view
        .all('QuantizeLinear', 'DequantizeLinear')
        .filter((node) => view.scaleOf(node) === undefined || view.zeroPointOf(node) === undefined)
        .map((node) => `${nameOf(node)} reads a scale or a zero point that is no constant`),
  },
  {
    id: 'scalar grids of activations',
    source: 'onnxruntime 1.30, qdq_util.cc: IsQDQPairSupported takes scalars alone',
    broken: (view) =>
      view
        .all('QuantizeLinear', 'DequantizeLinear')
        .filter(({ op, inputs: [input] }) => op === 'QuantizeLinear' || view.constant(input) === undefined)
        .filter(
          (node) => view.scaleOf(node)?.shape.length !== 0 || view.zeroPointOf(node)?.shape.length !== 0,
        )
        .map((node) => `${nameOf(node)} has another grid than one for the whole tensor`),
  },
  {
    id: 'one grid on both sides',
    source: 'onnxruntime 1.30, qdq_util.cc: both have the same scale and the same zero point',
    broken: (view) =>
      view.all('DequantizeLinear').flatMap((node) => {
        const before = view.madeBy('QuantizeLinear', node.inputs[0])
        if (before === undefined || sameGrid(view, before, node)) return []
        return [`${nameOf(node)} has another grid than ${nameOf(before)} before it`]
      }),
  },
  {
    id: 'positive scales',
    source: 'ONNX, QuantizeLinear: y_scale; a scale of 0 or of no finite number means nothing',
    broken: (view) =>
      view
        .all('QuantizeLinear', 'DequantizeLinear')
        .filter((node) => ![...numbersOf(view.scaleOf(node))].every((s) => s > 0 && s < Infinity))
        .map((node) => `${nameOf(node)} has a scale that is not positive and finite`),
  },
  {
    id: 'a DequantizeLinear for each reader',
    source: 'onnxruntime 1.30, ensure_unique_dq_for_node_unit.cc; TensorRT asks the same of weights',
    broken: (view) =>
      view.all('DequantizeLinear').flatMap((node) => {
        const [output] = node.outputs
        const uses = view.readersOf(output).length + Number(view.outputs.has(output))
        return uses === 1 ? [] : [`${nameOf(node)} has ${uses} readers`]
      }),
  },
  {
    id: 'the output of an integer layer goes to its QuantizeLinear alone',
    source:
      'onnxruntime 1.30, qdq_selectors.cc: CheckQDQNodes counts the output edges, and refuses outputs of graphs',
    broken: (view) =>
      view.layers.flatMap((node) => {
        const [output] = node.outputs
        const readers = view.readersOf(output)
        const fits = readers.length === 1 && readers[0].op === 'QuantizeLinear' && !view.outputs.has(output)
        return fits ? [] : [`${nameOf(node)} is read by ${readers.map(nameOf).join(', ') || 'none'}`]
      }),
  },
  {
    id: 'every input of an integer layer is dequantized',
    source: 'onnxruntime 1.30, qdq_selectors.cc: CheckQDQNodes counts a DequantizeLinear for each input',
    broken: (view) =>
      view.layers.flatMap((node) => {
        const bare = view
          .dequantizersOf(node)
          .findIndex((dq, i) => dq === undefined && !isSetting(node, i, view.constant(node.inputs[i])))
        return bare < 0 ? [] : [`${nameOf(node)} reads "${node.inputs[bare]}", which is not dequantized`]
      }),
  },
  {
    id: 'opsets that know the types',
    source: 'ONNX: DequantizeLinear has an axis from opset 13 on, and 4-bit integers from opset 21 on',
    broken: (view) => {
      const fours = view
        .all('DequantizeLinear')
        .filter(({ inputs: [input] }) => view.constant(input)?.dtype === 'int4')
      const [node] = fours
      if (node !== undefined && view.opset < 21) return [`${nameOf(node)} reads int4 in opset ${view.opset}`]
      return view.opset < 13 ? [`opset ${view.opset} has no grids for channels`] : []
    },
  },
]

/** Whether a constant configures a node: a shape, indices, a bound, padding. Such a constant is no factor of a sum. */
function isSetting({ op, inputs }: OnnxNode, place: number, held: OnnxTensor | undefined): boolean {
  return inputs[place] === '' || (held !== undefined && place > 0 && !SUMS.has(op))
}

const SUMS: ReadonlySet<string> = new Set([
  'Conv',
  'Gemm',
  'MatMul',
  'Add',
  'Sub',
  'Mul',
  'Min',
  'Max',
  'Concat',
])

function sameGrid(view: Parameters<Rule['broken']>[0], a: OnnxNode, b: OnnxNode): boolean {
  const [before, behind] = [a, b].map((node) => [view.scaleOf(node), view.zeroPointOf(node)])
  return before.every(
    (held, i) => held?.dtype === behind[i]?.dtype && numbersOf(held).join() === numbersOf(behind[i]).join(),
  )
}

/** The elements of a constant with floats, or with integers of at least one byte. */
export function numbersOf(held: OnnxTensor | undefined): readonly number[] {
  return held === undefined ? [] : Array.from(held.data as unknown as ArrayLike<number>)
}

export function nameOf({ op, name }: OnnxNode): string {
  return `${op} "${name ?? ''}"`
}
