import {
  answerOf,
  isWeighted,
  lower,
  modelOf,
  sqnrDb,
  tensor,
  type FloatModel,
  type MixedModel,
} from '@octet/core'
import { describe, expect, it } from 'vitest'
import {
  encodeOnnx,
  encodeOnnxApart,
  exportOnnx,
  importOnnx,
  quantizedOnnx,
  readDescription,
  readMetadata,
  type OnnxGraph,
} from '../../src/index.ts'
import { GRAPHS, chain, numbers } from '../graphs.ts'
import { interpret } from './interpreter.ts'
import { quantized, RAW } from './models.ts'

const GRAPH = GRAPHS.find(({ name }) => name === 'residual')!
const types = ({ initializers }: OnnxGraph): Set<string> => new Set(initializers.map(({ dtype }) => dtype))
const byteLength = ({ initializers }: OnnxGraph): number =>
  initializers.reduce((sum, { data }) => sum + data.byteLength, 0)
const nodesOf = ({ nodes }: OnnxGraph, op: string): number => nodes.filter((node) => node.op === op).length

describe('a quantized file', () => {
  it('takes and yields what the source does, under its names, and keeps what the source says of itself', async () => {
    const source = {
      name: 'source',
      doc: 'A graph.',
      about: { doc: 'A model.', domain: 'org.example', version: 7n, metadata: [['author', 'A']] as const },
      nodes: [
        {
          op: 'Flatten',
          name: 'flat',
          inputs: ['image'],
          outputs: ['f'],
          attributes: { axis: 1 },
          doc: 'A row.',
        },
        { op: 'Gemm', name: 'dense', inputs: ['f', 'w'], outputs: ['score'], attributes: { transB: 1 } },
      ],
      initializers: [{ name: 'w', ...numbers([3, 8], 4) }],
      inputs: [{ name: 'image', dtype: 'float32' as const, shape: ['batch', 2, 4], doc: 'Pixels.' }],
      outputs: [{ name: 'score', dtype: 'float32' as const, shape: ['batch', 3] }],
    }
    const description = readDescription(encodeOnnx(source))
    const model = await quantized(importOnnx(encodeOnnx(source)))
    const metadata = [...description.metadata, ['made', 'by a test'] as const]
    const file = encodeOnnx(quantizedOnnx(model, { target: 'ort', description, metadata, version: '1.2' }))
    expect(readDescription(file)).toEqual({ ...description, metadata })
    expect(readMetadata(file)).toEqual(metadata)
    const { inputs, outputs, nodes } = quantizedOnnx(model, { target: 'ort', description })
    expect([inputs, outputs]).toEqual([source.inputs, source.outputs])
    expect(nodes.map(({ name }) => name)).toEqual(expect.arrayContaining(['flat', 'dense']))
  })

  it('keeps the one size that the source has for its batch', async () => {
    const bytes = exportOnnx({ ...GRAPH, batch: 'one' })
    const model = await quantized(GRAPH)
    const { inputs, outputs } = quantizedOnnx(model, { target: 'ort', description: readDescription(bytes) })
    expect([inputs[0].shape, outputs[0].shape]).toEqual([
      [1, 3, 5, 5],
      [1, 4],
    ])
  })

  it('has inputs and outputs in the shapes of a source without an axis for samples', async () => {
    const source = {
      nodes: [
        {
          op: 'Transpose',
          name: 'turn',
          inputs: ['signal'],
          outputs: ['turned'],
          attributes: { perm: [1, 0] },
        },
        { op: 'MatMul', name: 'dense', inputs: ['turned', 'w'], outputs: ['features'] },
        { op: 'Identity', name: 'end', inputs: ['features'], outputs: ['answer'] },
      ],
      initializers: [{ name: 'w', ...numbers([3, 4], 4) }],
      inputs: [{ name: 'signal', dtype: 'float32' as const, shape: [3, 5] }],
      outputs: [{ name: 'answer', dtype: 'float32' as const, shape: [5, 4] }],
    }
    const description = readDescription(encodeOnnx(source))
    const graph = importOnnx(encodeOnnx(source))
    expect([graph.batch, graph.inputs[0].shape, graph.output]).toEqual(['one', [3, 5], 'features.sample'])
    const model = await quantized(graph, {}, 1)
    const made = quantizedOnnx(model, { target: 'ort', description })
    expect([made.inputs, made.outputs]).toEqual([source.inputs, source.outputs])
    const again = importOnnx(encodeOnnx(made))
    const x = numbers([1, 3, 5], 5)
    const [before, behind] = [graph, again].map((one) =>
      answerOf(lower({ precision: 'fp32', model: modelOf(one) }, { batch: 1, normalizer: RAW }), x),
    )
    expect(sqnrDb(before, behind)).toBeGreaterThan(30)
  })

  it('normalizes readings where it takes those', async () => {
    const model = await quantized(GRAPH)
    const raw = {
      dtype: 'uint8',
      offset: Float32Array.of(127.5),
      scale: Float32Array.of(1, 0.5, 0.25),
    } as const
    const graph = quantizedOnnx(model, { target: 'generic', raw: new Map([['x', raw]]) })
    expect(graph.inputs).toEqual([{ name: 'x', dtype: 'uint8', shape: ['N', 3, 5, 5] }])
    const made = graph.nodes.slice(0, 4).map(({ op, outputs }) => [op, outputs[0]])
    expect(made).toEqual([
      ['Cast', 'x.readings'],
      ['Sub', 'x.shifted'],
      ['Mul', 'x.normalized'],
      ['QuantizeLinear', 'x.quantized'],
    ])
    const readings = Float32Array.from({ length: 75 }, (_, i) => (i * 37) % 256)
    const held = interpret(
      { ...graph, nodes: graph.nodes.slice(1, 3), inputs: [{ ...graph.inputs[0], name: 'x.readings' }] },
      tensor('float32', [1, 3, 5, 5], readings),
      (_, integers) => integers,
    )
    readings.forEach((reading, i) =>
      expect(held.get('x.normalized')!.data[i]).toBe((reading - 127.5) * raw.scale[Math.floor(i / 25)]),
    )
    const plain = { dtype: 'float32', offset: Float32Array.of(0), scale: Float32Array.of(1) } as const
    const same = quantizedOnnx(model, { target: 'generic', raw: new Map([['x', plain]]) })
    expect(same).toEqual(quantizedOnnx(model, { target: 'generic' }))
  })

  it('holds 4-bit weights as int8 for ONNX Runtime, and as int4 for ONNX as it is', async () => {
    const [eight, four] = [await quantized(GRAPH), await quantized(GRAPH, { bits: 4 })]
    const [ort, generic] = (['ort', 'generic'] as const).map((target) => quantizedOnnx(four, { target }))
    expect([ort.opset, generic.opset]).toEqual([14, 21])
    expect([types(ort).has('int4'), types(generic).has('int4')]).toEqual([false, true])
    const weights = GRAPH.nodes.filter((node) => node.op === 'Conv' || node.op === 'Gemm').length
    expect(generic.initializers.filter(({ dtype }) => dtype === 'int4')).toHaveLength(2 * weights)
    expect(byteLength(ort)).toBe(byteLength(quantizedOnnx(eight, { target: 'ort' })))
    expect(byteLength(generic)).toBeLessThan(byteLength(ort))
  })

  it('in float16 has Casts at its ends, or float16 inputs and outputs', () => {
    const model: FloatModel = { precision: 'fp16', model: modelOf(GRAPH) }
    const graph = quantizedOnnx(model, { target: 'ort' })
    expect(nodesOf(graph, 'Cast')).toBe(2)
    expect(types(graph)).toEqual(new Set(['float16', 'int64']))
    expect([graph.inputs[0].dtype, graph.outputs[0].dtype]).toEqual(['float32', 'float32'])
    const half = quantizedOnnx(model, { target: 'ort', io: 'float16' })
    expect(nodesOf(half, 'Cast')).toBe(0)
    expect([half.inputs[0].dtype, half.outputs[0].dtype]).toEqual(['float16', 'float16'])
    expect(half.outputs[0].name).toBe(GRAPH.output)
  })

  it('of mixed precision has float16 layers between layers of integers', async () => {
    const { model, activations, weights } = await quantized(GRAPH)
    const [first] = model.layers.filter(isWeighted)
    const layers = new Map(
      model.layers.map(({ name }) => [name, name === first.name ? 'fp16' : 'int8'] as const),
    )
    const mixed: MixedModel = { precision: 'mixed', model, layers, activations, weights }
    const graph = quantizedOnnx(mixed, { target: 'ort' })
    const conv = graph.nodes.find(({ name }) => name === first.name)!
    const dtypeOf = (name: string): string | undefined =>
      graph.initializers.find((one) => one.name === name)?.dtype
    expect(conv.inputs.slice(1).map(dtypeOf)).toEqual(['float16', 'float16'])
    expect(types(graph)).toContain('int8')
    expect(graph.nodes.some(({ op, name }) => op === 'Relu' && name === 'relu1')).toBe(true)
  })

  it('past what one file holds has its weights beside it', async () => {
    const wide = chain(
      'wide',
      [64],
      [
        {
          op: 'Gemm',
          attributes: { alpha: 1, beta: 1, transA: false, transB: true },
          weights: [[50, 64], [50]],
        },
      ],
    )
    const graph = quantizedOnnx(await quantized(wide), { target: 'ort' })
    const { model, data } = encodeOnnxApart(graph, 'wide.onnx.data')
    const beside = new Uint8Array(data.reduce((sum, part) => sum + part.length, 0))
    data.reduce((at, part) => (beside.set(part, at), at + part.length), 0)
    expect(model.length).toBeLessThan(encodeOnnx(graph).length - 3000)
    const asked: string[] = []
    const external = (location: string): Uint8Array => (asked.push(location), beside)
    expect(importOnnx(model, { external })).toEqual(importOnnx(encodeOnnx(graph)))
    expect(new Set(asked)).toEqual(new Set(['wide.onnx.data']))
  })

  it('is refused where activations do not have all integers of 8 bits', async () => {
    const model = await quantized(GRAPH)
    const activations = new Map([...model.activations].map(([name, grid]) => [name, { ...grid, qmin: -127 }]))
    expect(() => quantizedOnnx({ ...model, activations }, { target: 'ort' })).toThrow(
      'its integers are [-127, 127], and QuantizeLinear saturates at those of 8 bits',
    )
  })
})
