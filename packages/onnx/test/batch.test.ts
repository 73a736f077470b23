import { inferShapes, load, lower, modelOf, openReference, tensor, type Graph } from '@octet/core'
import { describe, expect, it } from 'vitest'
import { importOnnx } from '../src/index.ts'
import { constant, longs, model, node, ones, value, type Description } from './models.ts'

const RAW = { offset: Float32Array.of(0), scale: Float32Array.of(1) }
const flattened = node('Flatten', ['h'], 'y')

/** What a graph yields for one sample of ascending numbers an input. */
async function run(graph: Graph): Promise<number[]> {
  const program = lower({ precision: 'fp32', model: modelOf(graph) }, { batch: 1, normalizer: RAW })
  const execution = await load(program, openReference())
  const xs = program.inputs.map((index) => {
    const { shape } = program.tensors[index]
    const count = shape.reduce((product, size) => product * size, 1)
    return tensor(
      'float32',
      shape,
      Float32Array.from({ length: count }, (_, i) => i),
    )
  })
  const { data } = await execution.run(xs)
  await execution.dispose()
  return [...data]
}

describe('a batch of any size', () => {
  it('is kept where a shape is computed from it', () => {
    const nodes = [
      node('Shape', ['x'], 'shape'),
      node('Gather', ['shape', 'zero'], 'n', { axis: 0 }),
      node('Unsqueeze', ['n'], 'row', { axes: [0] }),
      node('Concat', ['row', 'rest'], 'to', { axis: 0 }),
      node('Reshape', ['x', 'to'], 'y'),
    ]
    const zero = constant({ name: 'zero', dataType: 7, int64Data: [0n] })
    const graph = importOnnx(model({ opset: 11, nodes, initializers: [zero, longs('rest', [192])] }))
    expect(graph).toMatchObject({ nodes: [{ op: 'Reshape', attributes: { shape: [0, 192] } }] })
    expect(graph.batch).toBeUndefined()
  })

  it('is inferred where the batch is multiplied by other sizes', () => {
    const nodes = [
      node('Shape', ['x'], 'shape'),
      node('Slice', ['shape', 'from', 'to'], 'n'),
      node('Mul', ['n', 'two'], 'rows'),
      node('Concat', ['rows', 'rest'], 'wanted', { axis: 0 }),
      node('Reshape', ['x', 'wanted'], 'h'),
      node('Reshape', ['h', 'back'], 'y'),
    ]
    const lists = { from: [0], to: [1], two: [2], rest: [96], back: [-1, 192] }
    const initializers = Object.entries(lists).map(([name, values]) => longs(name, values))
    expect(importOnnx(model({ nodes, initializers })).batch).toBeUndefined()
  })
})

describe('a model that mixes samples takes them one at a time', () => {
  it.each<readonly [string, Description, readonly number[]]>([
    [
      'a Reshape',
      { nodes: [node('Reshape', ['x', 's'], 'y')], initializers: [longs('s', [-1, 96])] },
      [1, 2, 96],
    ],
    ['a Flatten of the batch', { nodes: [node('Flatten', ['x'], 'y', { axis: 0 })] }, [1, 192]],
    [
      'samples joined to more samples',
      { nodes: [node('Concat', ['x', 'x'], 'h', { axis: 0 }), flattened] },
      [1, 2, 192],
    ],
    [
      'a constant that adds a dimension in front',
      { nodes: [node('Mul', ['x', 'w'], 'h'), flattened], initializers: [ones('w', [1, 1, 1, 1, 1])] },
      [1, 192],
    ],
  ])('%s', (_, description, shape) => {
    const graph = importOnnx(model(description))
    expect(graph.batch).toBe('one')
    expect(inferShapes(graph, 1).get(graph.output)).toStrictEqual(shape)
  })

  it('its inputs are whole samples where they have no batch', async () => {
    const graph = importOnnx(
      model({
        nodes: [node('Concat', ['x', 'z'], 'y', { axis: 0 })],
        inputs: [value('x', [2, 2]), value('z', [1, 2])],
      }),
    )
    expect(graph.inputs).toStrictEqual([
      { name: 'x', shape: [2, 2] },
      { name: 'z', shape: [2] },
    ])
    expect(await run(graph)).toStrictEqual([0, 1, 2, 3, 0, 1])
  })
})

describe('several inputs', () => {
  it('share their batch', async () => {
    const graph = importOnnx(
      model({
        nodes: [node('Add', ['x', 'z'], 'y')],
        inputs: [value('x', ['N', 3]), value('z', ['N', 3]), value('unread', ['M'])],
      }),
    )
    expect(graph.inputs.map(({ name }) => name)).toStrictEqual(['x', 'z'])
    expect(await run(graph)).toStrictEqual([0, 2, 4])
  })

  it('may be made constants, and their free sizes be given', async () => {
    const description = {
      nodes: [node('Cast', ['scale'], 's', { to: 1 }), node('Mul', ['x', 's'], 'y')],
      inputs: [value('x', ['N', 'length']), value('scale', [], 7)],
    }
    const set = new Map([['scale', { shape: [], values: [3] }]])
    expect(await run(importOnnx(model(description), { set, dims: new Map([['length', 2]]) }))).toStrictEqual([
      0, 3,
    ])
    const sampleOf = (): number[] => [4]
    expect(await run(importOnnx(model(description), { set, sampleOf }))).toStrictEqual([0, 3, 6, 9])
    expect(() => importOnnx(model(description), { set })).toThrow('its size "length" is free')
  })
})

describe('several outputs', () => {
  const description = {
    nodes: [node('Relu', ['x'], 'h'), node('Flatten', ['h'], 'y'), node('Sigmoid', ['h'], 'z')],
    outputs: [value('y', ['N', 1]), value('z', ['N', 1])],
  }

  it('of which none reads another: the first is taken, and a line says so', () => {
    const lines: string[] = []
    expect(importOnnx(model(description), { note: (line) => lines.push(line) }).output).toBe('y')
    expect(lines).toStrictEqual(['of 2 outputs the first is taken, y; --output chooses another: z'])
  })

  it('any tensor may be chosen', () => {
    expect(importOnnx(model(description), { output: 'h' })).toMatchObject({
      output: 'h',
      nodes: [{ op: 'Relu' }],
    })
    expect(() => importOnnx(model(description), { output: 'nowhere' })).toThrow(
      'no node yields a tensor "nowhere"',
    )
  })
})
