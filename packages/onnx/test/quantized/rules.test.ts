import { describe, expect, it } from 'vitest'
import type { OnnxGraph, OnnxNode, OnnxTensor } from '../../src/index.ts'
import { brokenRules, RULES } from '../../src/export/quantized/rules.ts'
import { targetOf } from '../../src/export/quantized/targets.ts'
import { writeQuantized, type QuantizedGraph } from '../../src/export/quantized/write.ts'
import { chain, window } from '../graphs.ts'
import { quantized, type How } from './models.ts'

const GRAPH = chain(
  'ruled',
  [4, 6, 6],
  [
    {
      op: 'Conv',
      attributes: { ...window(3, { pads: [1, 1, 1, 1] }), group: 1 },
      weights: [[4, 4, 3, 3], [4]],
    },
    { op: 'Relu', attributes: null },
    { op: 'Add', attributes: null, residual: 'x' },
    { op: 'MaxPool', attributes: { ...window(2), ceilMode: false } },
    { op: 'Flatten', attributes: { axis: 1 } },
    { op: 'Gemm', attributes: { alpha: 1, beta: 1, transA: false, transB: true }, weights: [[3, 100], [3]] },
  ],
)

async function written(target: 'ort' | 'generic', how?: How): Promise<QuantizedGraph> {
  return writeQuantized(await quantized(GRAPH, how), targetOf(target), { raw: new Map(), io: 'float32' })
}

type Change = (graph: OnnxGraph) => Partial<OnnxGraph>

const node = (graph: OnnxGraph, op: string): OnnxNode => graph.nodes.find((one) => one.op === op)!
const withNode = (graph: OnnxGraph, old: OnnxNode, ...made: readonly OnnxNode[]): Partial<OnnxGraph> => ({
  nodes: graph.nodes.flatMap((one) => (one === old ? made : [one])),
})
const withConstant = (graph: OnnxGraph, name: string, change: Partial<OnnxTensor>): Partial<OnnxGraph> => ({
  initializers: graph.initializers.map((one) => (one.name === name ? { ...one, ...change } : one)),
})
/** Names of the integers, the scale and the zero point that an input of the Conv is dequantized from. */
const ofConv = (graph: OnnxGraph, place: number): readonly string[] =>
  graph.nodes.find(({ outputs }) => outputs[0] === node(graph, 'Conv').inputs[place])!.inputs
const floats = (...values: readonly number[]): Partial<OnnxTensor> => ({
  shape: values.length === 1 ? [] : [values.length],
  data: Float32Array.from(values),
})

/** One change by which a graph breaks a rule. */
const BREAKS: Readonly<Record<string, Change>> = {
  'constant grids': (graph) => {
    const old = node(graph, 'QuantizeLinear')
    return withNode(graph, old, { ...old, inputs: old.inputs.slice(0, 2) })
  },
  'scalar grids of activations': (graph) => withConstant(graph, 'x.scale', floats(1, 1, 1, 1)),
  'one grid on both sides': (graph) => {
    const old = node(graph, 'DequantizeLinear')
    return withNode(graph, old, { ...old, inputs: [old.inputs[0], 'relu1.y.scale', old.inputs[2]] })
  },
  'positive scales': (graph) => withConstant(graph, 'x.scale', floats(0)),
  'a DequantizeLinear for each reader': (graph) => {
    const [first, second] = graph.nodes.filter(
      ({ op, inputs }) => op === 'DequantizeLinear' && inputs[0] === 'x.quantized',
    )
    const add = node(graph, 'Add')
    const inputs = add.inputs.map((name) => (name === second.outputs[0] ? first.outputs[0] : name))
    return withNode(graph, add, { ...add, inputs })
  },
  'the output of an integer layer goes to its QuantizeLinear alone': (graph) => ({
    outputs: [
      ...graph.outputs,
      { name: node(graph, 'Conv').outputs[0], dtype: 'float32', shape: ['N', 4, 6, 6] },
    ],
  }),
  'every input of an integer layer is dequantized': (graph) => {
    const old = node(graph, 'Add')
    return withNode(graph, old, { ...old, inputs: ['x', old.inputs[1]] })
  },
  'opsets that know the types': () => ({ opset: 12 }),
  'one integer type': (graph) =>
    withConstant(graph, 'relu1.y.zero_point', { dtype: 'int8', data: Int8Array.of(0) }),
  'biases on the grid of sums': (graph) => withConstant(graph, ofConv(graph, 2)[1], floats(1, 1, 1, 1)),
  'symmetric weights': (graph) =>
    withConstant(graph, ofConv(graph, 1)[2], { data: Int8Array.of(0, 1, 0, 0) }),
  'weights of a type that is joined': (graph) => withConstant(graph, ofConv(graph, 1)[0], { dtype: 'int4' }),
  'uint8 activations': (graph) =>
    withConstant(graph, 'x.zero_point', { dtype: 'int8', data: Int8Array.of(0) }),
  'plain products': (graph) => {
    const old = node(graph, 'Gemm')
    return withNode(graph, old, { ...old, attributes: { ...old.attributes, beta: { float: 0.5 } } })
  },
  'no activation between a sum and its QuantizeLinear': (graph) => {
    const old = node(graph, 'Conv')
    const relu = { op: 'Relu', name: 'late', inputs: ['open'], outputs: old.outputs }
    return withNode(graph, old, { ...old, outputs: ['open'] }, relu)
  },
  'no Softmax on integers': (graph) => {
    const old = node(graph, 'Conv')
    const softmax = { op: 'Softmax', name: 'late', inputs: ['open'], outputs: old.outputs }
    return withNode(graph, old, { ...old, outputs: ['open'] }, softmax)
  },
  'shared grids': (graph) => {
    const pool = node(graph, 'MaxPool')
    const behind = graph.nodes.find(({ inputs }) => inputs[0] === pool.outputs[0])!
    return withNode(graph, behind, { ...behind, inputs: [behind.inputs[0], 'x.scale', 'x.zero_point'] })
  },
}

describe('rules of quantized graphs', () => {
  it.each(['ort', 'generic'] as const)('are kept by what is written for %s', async (target) => {
    for (const bits of [8, 4] as const)
      expect(brokenRules(await written(target, { bits }), target)).toEqual([])
  })

  it('each have a way here to break them, and a source', () => {
    expect(RULES.map(({ id }) => id).toSorted()).toEqual(Object.keys(BREAKS).toSorted())
    for (const { source } of RULES) expect(source).not.toBe('')
  })

  it.each(RULES.map(({ id, targets = ['ort'] }) => [id, targets[0]] as const))(
    'find what breaks them: %s',
    async (id, target) => {
      const whole = await written(target)
      const graph = { ...whole.graph, ...BREAKS[id](whole.graph) }
      const broken = brokenRules({ ...whole, graph }, target)
      expect(broken.filter((line) => line.startsWith(`${id}: `))).not.toEqual([])
    },
  )
})
