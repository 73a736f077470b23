import { create } from '@bufbuild/protobuf'
import { answerOf, lower, modelOf, OctetError, tensor } from '@octet/core'
import { describe, expect, it } from 'vitest'
import {
  AttributeProtoSchema,
  GraphProtoSchema,
  type AttributeProto,
  type GraphProto,
  type NodeProto,
} from '../src/generated/onnx_pb.ts'
import { blockersOf, importOnnx } from '../src/index.ts'
import { constant, longs, model, node, ones, value, type Description } from './models.ts'

/** Adds what nodes make of constants to the input, and gives the numbers that are added. */
function added(description: Pick<Description, 'nodes' | 'initializers'>, opset = 13): readonly number[] {
  const nodes = [
    ...description.nodes,
    node('Cast', ['c'], 'f', { to: 1 }, { name: 'last' }),
    node('Add', ['x', 'f'], 'y'),
  ]
  const graph = importOnnx(model({ ...description, opset, nodes, inputs: [value('x', ['N', 1, 1, 1, 1])] }))
  const [held] = graph.initializers.values()
  return [...held.data]
}

const lists = (given: Readonly<Record<string, readonly number[]>>) =>
  Object.entries(given).map(([name, values]) => longs(name, values))

describe('constants are folded', () => {
  it.each<readonly [string, Readonly<Record<string, readonly number[]>>, NodeProto, readonly number[]]>([
    [
      'Slice',
      { a: [1, 2, 3, 4], s: [-1], e: [-100], z: [0], t: [-2] },
      node('Slice', ['a', 's', 'e', 'z', 't'], 'c'),
      [4, 2],
    ],
    ['Gather', { a: [5, 6, 7], i: [-1, 0] }, node('Gather', ['a', 'i'], 'c'), [7, 5]],
    ['Concat', { a: [1, 2], b: [3] }, node('Concat', ['a', 'b', 'a'], 'c', { axis: 0 }), [1, 2, 3, 1, 2]],
    ['Div', { a: [-7, 7], b: [2] }, node('Div', ['a', 'b'], 'c'), [-3, 3]],
    ['Mod', { a: [-7, 7], b: [3] }, node('Mod', ['a', 'b'], 'c'), [2, 1]],
    ['Range', { a: [1], b: [8], d: [3] }, node('Range', ['a', 'b', 'd'], 'c'), [1, 4, 7]],
    ['Tile', { a: [1, 2], r: [2] }, node('Tile', ['a', 'r'], 'c'), [1, 2, 1, 2]],
    ['Expand', { a: [9], s: [3] }, node('Expand', ['a', 's'], 'c'), [9, 9, 9]],
    ['ConstantOfShape', { s: [2] }, node('ConstantOfShape', ['s'], 'c'), [0, 0]],
    [
      'CumSum',
      { a: [1, 2, 3], z: [0] },
      node('CumSum', ['a', 'z'], 'c', { exclusive: 1, reverse: 1 }),
      [5, 3, 0],
    ],
    ['OneHot', { a: [1, -1], d: [2], v: [5, 8] }, node('OneHot', ['a', 'd', 'v'], 'c'), [5, 8, 5, 8]],
    ['NonZero', { a: [0, 4, 0, 2] }, node('NonZero', ['a'], 'c'), [1, 3]],
    ['Where', { m: [1, 0], a: [1, 2], b: [3, 4] }, node('Where', ['m', 'a', 'b'], 'c'), [1, 4]],
    ['Equal', { a: [1, 2], b: [1, 3] }, node('Equal', ['a', 'b'], 'c'), [1, 0]],
    ['ReduceProd', { a: [2, 3, 4] }, node('ReduceProd', ['a'], 'c'), [24]],
    ['Split', { a: [1, 2, 3], s: [1, 2] }, node('Split', ['a', 's'], ['b', 'c']), [2, 3]],
  ])('%s of %o', (_, given, folded, numbers) => {
    expect(added({ nodes: [folded], initializers: lists(given) })).toStrictEqual(numbers)
  })

  it('Slice of an early opset has its places as attributes', () => {
    const slice = node('Slice', ['a'], 'c', { starts: [1], ends: [2 ** 40] })
    expect(added({ nodes: [slice], initializers: lists({ a: [1, 2, 3] }) }, 9)).toStrictEqual([2, 3])
  })

  it('and arithmetic of floats is core’s own', () => {
    const three = constant({ name: 'three', dataType: 1, dims: [2n], floatData: [3, -4] })
    const nodes = [node('Relu', ['three'], 'r'), node('Add', ['r', 'three'], 'c')]
    expect(added({ nodes, initializers: [three] })).toStrictEqual([6, -4])
  })

  it.each([
    ['an index outside', { a: [1], i: [1] }, node('Gather', ['a', 'i'], 'c'), 'index 1 is outside'],
    ['a division by zero', { a: [1], b: [0] }, node('Div', ['a', 'b'], 'c'), 'divides by zero'],
    [
      'more numbers than fit',
      { s: [2 ** 30] },
      node('ConstantOfShape', ['s'], 'c'),
      'constants of more than',
    ],
    ['a step of nothing', { a: [1], b: [2], d: [0] }, node('Range', ['a', 'b', 'd'], 'c'), 'is no range'],
  ])('%s is refused', (_, given, folded, message) => {
    expect(() => added({ nodes: [folded], initializers: lists(given) })).toThrow(message)
  })
})

describe('If', () => {
  const graphOf = (op: string): GraphProto =>
    create(GraphProtoSchema, {
      node: [node(op, ['x'], 'inner'), node('Mul', ['inner', 'w'], 'out', {}, { name: '' })],
      initializer: [ones('w', [1])],
      output: [value('out', [])],
    })
  const branches = (attributes: Readonly<Record<string, GraphProto>>): AttributeProto[] =>
    Object.entries(attributes).map(([name, g]) => create(AttributeProtoSchema, { name, type: 5, g }))
  const taken = (
    bool: number,
    then_branch = graphOf('Relu'),
    else_branch = graphOf('Unheard'),
  ): Description => ({
    nodes: [
      node('If', ['b'], 'h', {}, { attribute: branches({ then_branch, else_branch }) }),
      node('Flatten', ['h'], 'y'),
    ],
    initializers: [constant({ name: 'b', dataType: 9, int32Data: [bool] }), ones('out', [1])],
  })

  it('gives way to the branch that is taken, and the other may hold anything', () => {
    expect(importOnnx(model(taken(1))).nodes.map(({ op }) => op)).toStrictEqual(['Relu', 'Mul', 'Flatten'])
    expect(() => importOnnx(model(taken(0)))).toThrow(
      'Unheard "unheard_under_test": this op is not supported',
    )
  })

  it('that the model decides as it runs has both branches, and each sample is what its own condition says', () => {
    const [first, last] = taken(1, graphOf('Relu'), graphOf('Neg')).nodes
    const nodes = [
      node('ReduceMean', ['x'], 'm', { axes: [1], keepdims: 0 }),
      node('Greater', ['m', 'zero'], 'c'),
      { ...first, input: ['c'] },
      last,
    ]
    const zero = constant({ name: 'zero', dataType: 1, floatData: [0] })
    const graph = importOnnx(model({ nodes, inputs: [value('x', ['N', 3])], initializers: [zero] }))
    const normalizer = { offset: Float32Array.of(0), scale: Float32Array.of(1) }
    const program = lower({ precision: 'fp32', model: modelOf(graph) }, { batch: 2, normalizer })
    const y = answerOf(program, [tensor('float32', [2, 3], Float32Array.of(5, -1, 0, 1, -5, 0.5))])
    expect([...y]).toEqual([5, 0, 0, -1, 5, -0.5])
  })

  it('that has a condition for each number of a sample is refused', () => {
    const [first, last] = taken(1).nodes
    const open = { ...first, input: ['x'] }
    expect(() => importOnnx(model({ nodes: [open, last] }))).toThrow('its condition "x" must be one number')
  })

  it('deep in itself is refused before it is decoded', () => {
    let inner = graphOf('Relu')
    for (let depth = 0; depth < 10; depth++)
      inner = create(GraphProtoSchema, { node: [taken(1, inner).nodes[0]] })
    expect(() => importOnnx(model(taken(1, inner)))).toThrow('graphs are nested more than 8 deep')
  })
})

describe('weights in another file', () => {
  const entry = (entries: Readonly<Record<string, string>>): Description => ({
    nodes: [node('Flatten', ['x'], 'f'), node('Gemm', ['f', 'w'], 'y')],
    inputs: [value('x', ['N', 2])],
    initializers: [
      constant({
        name: 'w',
        dataType: 1,
        dims: [2n, 1n],
        dataLocation: 1,
        externalData: Object.entries(entries).map(([key, held]) => ({ key, value: held })),
      }),
    ],
  })
  const external = (): Uint8Array => new Uint8Array(Float32Array.of(1, 2, 3).buffer)

  it('are read from their place', () => {
    const graph = importOnnx(model(entry({ location: 'a/w.bin', offset: '4' })), { external })
    expect([...graph.initializers.get('w')!.data]).toStrictEqual([2, 3])
  })

  it.each([
    [{ location: '../w.bin' }, 'no valid path in the model'],
    [{ location: '/etc/w.bin' }, 'no valid path in the model'],
    [{ location: 'a/./w.bin' }, 'no valid path in the model'],
    [{ location: 'C:\\w.bin' }, 'no valid path in the model'],
    [{ location: 'w.bin', offset: '8' }, 'lies at bytes 8 to 16 of "w.bin", which has 12'],
    [{ location: 'w.bin', offset: '-4' }, 'lies at bytes -4'],
    [{ location: 'w.bin', length: '4' }, 'needs 2 values of float, its data has 4 bytes'],
  ])('%o is refused', (entries, message) => {
    expect(() => importOnnx(model(entry(entries)), { external })).toThrow(message)
  })
})

it('all that blocks a model is named at once', () => {
  const nodes = [
    node('Unheard', ['x'], 'a'),
    node('Unknown', ['a'], 'b'),
    node('Relu', ['x'], 'c', { slope: 1 }),
    node('Concat', ['b', 'c'], 'y', { axis: 1 }),
  ]
  const blockers = blockersOf(model({ nodes }))
  expect(blockers.map(({ message }) => message)).toStrictEqual([
    'Unheard "unheard_under_test": this op is not supported (opset 13)',
    'Unknown "unknown_under_test": this op is not supported (opset 13)',
    'Relu "relu_under_test": attribute "slope" is not supported (opset 13)',
  ])
  expect(blockers.every((error) => error instanceof OctetError && error.mend !== undefined)).toBe(true)
})
