import { modelOf, inferShapes } from '@octet/core'
import { describe, expect, it } from 'vitest'
import { importOnnx } from '../src/index.ts'
import type { NodeProto } from '../src/generated/onnx_pb.ts'
import { constant, longs, model, node, ones, value } from './models.ts'

const CONV = { kernel: [3, 3], strides: [1, 1], pads: [0, 0, 0, 0], dilations: [1, 1], group: 1 }
const flattened = node('Flatten', ['h'], 'y')

function firstNode(bytes: Uint8Array): ReturnType<typeof importOnnx>['nodes'][number] {
  return importOnnx(bytes).nodes[0]
}

function gemmBy(w: string): NodeProto[] {
  return [node('Flatten', ['x'], 'f'), node('Gemm', ['f', w], 'y')]
}

function bytesOf(halves: readonly number[]): Uint8Array {
  return new Uint8Array(Uint16Array.from(halves).buffer)
}

describe('windows', () => {
  it('take their kernel from the weight and fill in the defaults', () => {
    const bytes = model({
      nodes: [node('Conv', ['x', 'w'], 'h'), flattened],
      initializers: [ones('w', [4, 3, 3, 3])],
    })
    expect(firstNode(bytes).attributes).toStrictEqual(CONV)
  })

  it.each([
    ['SAME_UPPER', 2, [0, 0, 1, 1]],
    ['SAME_LOWER', 2, [1, 1, 0, 0]],
    ['SAME_UPPER', 1, [1, 1, 1, 1]],
    ['VALID', 2, [0, 0, 0, 0]],
  ])('resolve auto_pad %s at stride %i to pads', (autoPad, stride, pads) => {
    const conv = node('Conv', ['x', 'w'], 'h', { auto_pad: autoPad, strides: [stride, stride] })
    const bytes = model({ nodes: [conv, flattened], initializers: [ones('w', [4, 3, 3, 3])] })
    expect(firstNode(bytes).attributes).toMatchObject({ pads })
  })

  it('resolve auto_pad behind other nodes, dilations included', () => {
    const nodes = [
      node('MaxPool', ['x'], 'p', { kernel_shape: [2, 2], strides: [2, 2] }),
      node('Conv', ['p', 'w'], 'h', { auto_pad: 'SAME_UPPER', dilations: [2, 1] }),
      flattened,
    ]
    const graph = importOnnx(model({ nodes, initializers: [ones('w', [4, 3, 3, 3])] }))
    expect(graph.nodes[1].attributes).toMatchObject({ pads: [2, 1, 2, 1] })
  })
})

describe('Clip', () => {
  const bounds = [ones('one', []), constant({ name: 'six', dataType: 1, floatData: [6] })]
  it.each([
    ['inputs', node('Clip', ['x', 'one', 'six'], 'h'), { min: 1, max: 6 }],
    ['an upper input only', node('Clip', ['x', '', 'six'], 'h'), { min: -Infinity, max: 6 }],
    ['attributes', node('Clip', ['x'], 'h', { min: { float: 0 }, max: { float: 6 } }), { min: 0, max: 6 }],
    ['nothing', node('Clip', ['x'], 'h'), { min: -Infinity, max: Infinity }],
    [
      'the largest floats',
      node('Clip', ['x'], 'h', { max: { float: 3.4028234663852886e38 } }),
      { min: -Infinity, max: Infinity },
    ],
  ])('takes its bounds from %s', (_, clip, attributes) => {
    const graph = importOnnx(model({ nodes: [clip, flattened], initializers: bounds }))
    expect(graph.nodes[0]).toMatchObject({ op: 'Clip', inputs: ['x'], attributes })
    expect(graph.initializers.size).toBe(0)
  })

  it.each([
    [['x', 'low'], ['Max']],
    [['x', '', 'low'], ['Min']],
    [
      ['x', 'low', 'low'],
      ['Max', 'Min'],
    ],
  ])('is Max and Min where its bounds are computed: %j', (inputs, ops) => {
    const nodes = [node('Relu', ['x'], 'low'), node('Clip', inputs, 'h'), flattened]
    const graph = importOnnx(model({ nodes, initializers: bounds }))
    expect(graph.nodes.map(({ op }) => op)).toEqual(['Relu', ...ops, 'Flatten'])
    expect(graph.nodes.at(-1)!.inputs).toEqual([graph.nodes.at(-2)!.output])
  })

  it.each([
    ['Min', ['h', 'six'], { min: -Infinity, max: 6 }],
    ['Max', ['one', 'h'], { min: 1, max: Infinity }],
  ])('stands for %s with one constant', (op, inputs, attributes) => {
    const nodes = [node('Relu', ['x'], 'h'), node(op, inputs, 'c'), node('Flatten', ['c'], 'y')]
    const { graph } = modelOf(importOnnx(model({ nodes, initializers: bounds })))
    expect(graph.nodes[1]).toMatchObject({
      op: 'Clip',
      inputs: ['h'],
      attributes,
    })
  })
})

describe('constants', () => {
  const inputs = [value('x', ['N', 2])]
  it.each([
    ['float in raw_data', { dataType: 1, rawData: new Uint8Array(Float32Array.of(1.5, -2).buffer) }],
    ['float in float_data', { dataType: 1, floatData: [1.5, -2] }],
    ['float16 in raw_data', { dataType: 10, rawData: bytesOf([0x3e00, 0xc000]) }],
    ['float16 in int32_data', { dataType: 10, int32Data: [0x3e00, 0xc000] }],
    ['double in raw_data', { dataType: 11, rawData: new Uint8Array(Float64Array.of(1.5, -2).buffer) }],
    ['double in double_data', { dataType: 11, doubleData: [1.5, -2] }],
  ])('are read as float32 from %s', (_, stored) => {
    const graph = importOnnx(
      model({
        nodes: gemmBy('w'),
        inputs,
        initializers: [constant({ name: 'w', dims: [2n, 1n], ...stored })],
      }),
    )
    expect(graph.initializers.get('w')).toStrictEqual({
      dtype: 'float32',
      shape: [2, 1],
      data: Float32Array.of(1.5, -2),
    })
  })

  it('may be Constant nodes, given after their reader', () => {
    const nodes = [...gemmBy('w'), node('Constant', [], 'w', { value: ones('', [2, 3]) })]
    const graph = importOnnx(model({ nodes, inputs }))
    expect(graph.nodes.map(({ op }) => op)).toStrictEqual(['Flatten', 'Gemm'])
    expect(graph.initializers.get('w')?.shape).toStrictEqual([2, 3])
  })

  it('are not inputs when they are listed as such, as before IR version 4', () => {
    const listed = [value('w', [2, 1]), ...inputs]
    expect(
      importOnnx(model({ nodes: gemmBy('w'), inputs: listed, initializers: [ones('w', [2, 1])] })).inputs[0],
    ).toStrictEqual({
      name: 'x',
      shape: [2],
    })
  })

  it('that no node reads are left behind', () => {
    const initializers = [ones('w', [2, 1]), ones('unused', [7])]
    expect([
      ...importOnnx(model({ nodes: gemmBy('w'), inputs, initializers })).initializers.keys(),
    ]).toStrictEqual(['w'])
  })
})

describe('Reshape', () => {
  it.each([
    ['an initializer', [], [longs('shape', [0, -1])]],
    ['a Constant of a tensor', [node('Constant', [], 'shape', { value: longs('', [0, -1]) })], []],
    ['a Constant of a list', [node('Constant', [], 'shape', { value_ints: [0, -1] })], []],
  ])('takes its shape from %s', (_, constants, initializers) => {
    const bytes = model({ nodes: [node('Reshape', ['x', 'shape'], 'y'), ...constants], initializers })
    expect(firstNode(bytes)).toMatchObject({ inputs: ['x'], attributes: { shape: [0, -1] } })
  })

  it('keeps the batch free where the file fixes it', () => {
    const inputs = [value('x', [1, 3, 8, 8])]
    const bytes = model({
      inputs,
      nodes: [node('Reshape', ['x', 's'], 'y')],
      initializers: [longs('s', [1, 192])],
    })
    expect(firstNode(bytes).attributes).toStrictEqual({ shape: [0, 192] })
  })
})

describe('nodes', () => {
  it('that pass their input on are gone', () => {
    const nodes = [
      node('Identity', ['x'], 'a'),
      node('Dropout', ['a', 'ratio'], ['b', 'mask']),
      node('Relu', ['b'], 'c'),
      node('Flatten', ['c'], 'd'),
      node('Identity', ['d'], 'y'),
    ]
    const graph = importOnnx(model({ nodes, initializers: [ones('ratio', [])] }))
    expect(graph.nodes).toMatchObject([
      { op: 'Relu', inputs: ['x'] },
      { op: 'Flatten', inputs: ['c'] },
    ])
    expect(graph.output).toBe('d')
  })

  it('come out in topological order, however the file has them', () => {
    const nodes = [node('Flatten', ['b'], 'y'), node('Add', ['a', 'x'], 'b'), node('Relu', ['x'], 'a')]
    expect(importOnnx(model({ nodes })).nodes.map(({ op }) => op)).toStrictEqual(['Relu', 'Add', 'Flatten'])
  })

  it('without a name take that of their output, and equal names are numbered', () => {
    const nodes = [
      node('Relu', ['x'], 'a', {}, { name: '' }),
      node('Relu', ['a'], 'b', {}, { name: 'a' }),
      node('Flatten', ['b'], 'y'),
    ]
    expect(importOnnx(model({ nodes })).nodes.map(({ name }) => name)).toStrictEqual([
      'a',
      'a_2',
      'flatten_under_test',
    ])
  })
})

describe('gates and joins', () => {
  it('HardSigmoid takes the attributes that ONNX gives it', () => {
    const bytes = model({ nodes: [node('HardSigmoid', ['x'], 'h'), flattened] })
    expect(firstNode(bytes)).toMatchObject({ attributes: { alpha: Math.fround(0.2), beta: 0.5 } })
  })

  it.each([14, 17, 21])('HardSwish is read in opset %i', (opset) => {
    const bytes = model({ opset, nodes: [node('HardSwish', ['x'], 'h'), flattened] })
    expect(firstNode(bytes)).toMatchObject({ op: 'HardSwish', inputs: ['x'], attributes: null })
  })

  it('Mul broadcasts one factor a channel from either side', () => {
    for (const inputs of [
      ['x', 'g'],
      ['g', 'x'],
    ]) {
      const nodes = [node('GlobalAveragePool', ['x'], 'g'), node('Mul', inputs, 'h'), flattened]
      const graph = importOnnx(model({ nodes }))
      expect(graph.nodes[1]).toMatchObject({ op: 'Mul', inputs })
      expect(inferShapes(graph, 2).get('h')).toStrictEqual([2, 3, 8, 8])
    }
  })

  it('Concat joins any number of tensors, and one alone is passed on', () => {
    const nodes = [
      node('Concat', ['x'], 'same', { axis: 1 }),
      node('Concat', ['x', 'same', 'x'], 'h', { axis: -3 }),
      flattened,
    ]
    const graph = importOnnx(model({ nodes }))
    expect(graph.nodes[0]).toMatchObject({
      op: 'Concat',
      inputs: ['x', 'x', 'x'],
      attributes: { axis: -3 },
    })
    expect(inferShapes(graph, 2).get('h')).toStrictEqual([2, 9, 8, 8])
  })
})

describe('a mean over height and width', () => {
  it.each([
    ['attributes', 13, node('ReduceMean', ['x'], 'y', { axes: [-1, -2], keepdims: 0 }), []],
    ['an input', 18, node('ReduceMean', ['x', 'axes'], 'y', { keepdims: 0 }), [longs('axes', [2, 3])]],
  ])('with axes as %s is a GlobalAveragePool and a Reshape', (_, opset, mean, initializers) => {
    const graph = importOnnx(model({ opset, nodes: [mean], initializers }))
    expect(graph.nodes).toMatchObject([
      { op: 'GlobalAveragePool', inputs: ['x'], output: 'y.mean' },
      { op: 'Reshape', inputs: ['y.mean'], output: 'y', attributes: { shape: [0, 3] } },
    ])
  })

  it('that keeps them is a GlobalAveragePool', () => {
    const bytes = model({ nodes: [node('ReduceMean', ['x'], 'h', { axes: [2, 3] }), flattened] })
    expect(firstNode(bytes)).toMatchObject({ op: 'GlobalAveragePool', output: 'h', attributes: null })
  })
})

it.each([11, 12, 13, 17, 21])('opset %i is read, Softmax meaning the last axis', (opset) => {
  const bytes = model({
    opset,
    inputs: [value('x', ['N', 4])],
    nodes: [node('Softmax', ['x'], 'y', { axis: 1 })],
  })
  expect(firstNode(bytes)).toMatchObject({ op: 'Softmax', attributes: { axis: 1 } })
})

it('BatchNormalization of an early opset is that of channels', () => {
  const norm = node('BatchNormalization', ['x', 's', 's', 's', 's'], 'h', { spatial: 1 })
  const bytes = model({ opset: 7, nodes: [norm, flattened], initializers: [ones('s', [3])] })
  expect(firstNode(bytes)).toMatchObject({ op: 'BatchNormalization' })
})
