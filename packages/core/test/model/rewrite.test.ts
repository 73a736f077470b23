import { expect, test } from 'vitest'
import { answerOf } from '../../src/execute/trace.ts'
import { lower } from '../../src/execute/lower.ts'
import { OctetError } from '../../src/error.ts'
import { canonicalize } from '../../src/model/canonical/canonicalize.ts'
import type { Graph } from '../../src/model/graph.ts'
import { modelOf, type Model } from '../../src/model/layers.ts'
import { absorbBiases } from '../../src/quantize/absorb.ts'
import { equalize } from '../../src/quantize/equalize.ts'
import { channelStatistics } from '../../src/quantize/statistics.ts'
import type { Tensor } from '../../src/tensor/tensor.ts'
import { checkDrawn, expectClose } from './check-drawn.ts'
import { BATCH, type drawGraph } from './draw.ts'
import { interpret } from './interpret.ts'

const NORMALIZER = { offset: Float32Array.of(0), scale: Float32Array.of(1) }

/**
 * The model; undefined where it is refused, which only what may be refused can be, by a node's name and with a
 * remedy.
 */
function modelOrRefusal({ graph, refusable }: ReturnType<typeof drawGraph>): Model | undefined {
  try {
    return modelOf(graph)
  } catch (error) {
    if (!(error instanceof OctetError) || !refusable) throw error
    expect(error.message).toMatch(/^\w+ ".*": /u)
    expect(error.mend).toBeTruthy()
    return undefined
  }
}

/** Nodes with their constants in place of the constants' names. */
function withoutNames({ nodes, initializers }: Graph): unknown {
  return nodes.map((node) => ({ ...node, inputs: node.inputs.map((name) => initializers.get(name) ?? name) }))
}

function run(model: Model, x: Tensor<'float32'>): Float32Array {
  return answerOf(lower({ precision: 'fp32', model }, { batch: BATCH, normalizer: NORMALIZER }), x)
}

test('rewriting keeps what a graph computes, whatever its tensors are called and share', () => {
  checkDrawn((drawn, x) => {
    const { graph } = drawn
    const before = new Map([...graph.initializers].map(([name, { data }]) => [name, data.slice()]))
    const model = modelOrRefusal(drawn)
    if (model === undefined) return
    const expected = interpret(graph, { shape: x.shape, data: Float64Array.from(x.data) }).data
    expectClose(run(model, x), expected, graph)
    const equal = equalize(model)
    expectClose(run(equal, x), expected, graph)
    expectClose(run(absorbBiases(equal, channelStatistics(equal, NORMALIZER, x)), x), expected, graph)
    for (const [name, data] of before) expect(graph.initializers.get(name)!.data).toEqual(data)
  })
})

test('a canonical graph has names of one node each, weights of one reader each, and is its own canonical form', () => {
  checkDrawn((drawn) => {
    const model = modelOrRefusal(drawn)
    if (model === undefined) return
    const { graph } = model
    expect(new Set(graph.nodes.map(({ name }) => name)).size).toBe(graph.nodes.length)
    const constants = (nodes: Graph['nodes']): string[] =>
      nodes.flatMap(({ inputs }) => inputs.filter((name) => graph.initializers.has(name)))
    const weights = constants(graph.nodes.filter(({ op }) => op === 'Conv' || op === 'Gemm'))
    expect(new Set(weights).size).toBe(weights.length)
    const read = new Set(constants(graph.nodes))
    expect(read.size).toBe(graph.initializers.size)
    const produced = [graph.inputs[0].name, ...graph.nodes.map(({ output }) => output)]
    expect(new Set([...produced, ...read]).size).toBe(produced.length + read.size)
    expect(withoutNames(canonicalize(graph))).toEqual(withoutNames(graph))
  })
})

test('a Swish that only its reshaped Transposes show is one node at once', () => {
  const graph: Graph = {
    name: 'hidden Swish',
    inputs: [{ name: 'x', shape: [2, 1, 1] }],
    output: 'y',
    nodes: [
      { op: 'Sigmoid', attributes: null, name: 'gate', inputs: ['x'], output: 'g' },
      { op: 'Transpose', attributes: { perm: [0, 1, 3, 2] }, name: 'there', inputs: ['x'], output: 't' },
      { op: 'Mul', attributes: null, name: 'product', inputs: ['t', 'g'], output: 'p' },
      { op: 'Transpose', attributes: { perm: [0, 1, 3, 2] }, name: 'back', inputs: ['p'], output: 'y' },
    ],
    initializers: new Map(),
  }
  const canonical = canonicalize(graph)
  expect(canonical.nodes.map(({ op }) => op)).toContain('Swish')
  expect(withoutNames(canonicalize(canonical))).toEqual(withoutNames(canonical))
})

test('a HardSwish that only its joined Reshapes show is one node at once', () => {
  const reshape = (name: string, input: string, shape: readonly number[]): Graph['nodes'][number] => ({
    op: 'Reshape',
    attributes: { shape },
    name,
    inputs: [input],
    output: name,
  })
  const graph: Graph = {
    name: 'hidden HardSwish',
    inputs: [{ name: 'x', shape: [2, 3, 1] }],
    output: 'y',
    nodes: [
      reshape('there', 'x', [-1, 6, 1, 1]),
      reshape('back', 'there', [-1, 2, 3, 1]),
      {
        op: 'HardSigmoid',
        attributes: { alpha: Math.fround(1 / 6), beta: 0.5 },
        name: 'gate',
        inputs: ['x'],
        output: 'g',
      },
      { op: 'Mul', attributes: null, name: 'product', inputs: ['back', 'g'], output: 'y' },
    ],
    initializers: new Map(),
  }
  const canonical = canonicalize(graph)
  expect(canonical.nodes.map(({ op }) => op)).toEqual(['HardSwish'])
  expect(withoutNames(canonicalize(canonical))).toEqual(withoutNames(canonical))
})
