import { fromBinary } from '@bufbuild/protobuf'
import { describe, expect, it } from 'vitest'
import { ModelProtoSchema } from '../src/generated/onnx_pb.ts'
import { encodeOnnx, type OnnxAttribute, type OnnxGraph } from '../src/index.ts'

const EMPTY: OnnxGraph = { nodes: [], initializers: [], inputs: [], outputs: [] }

describe('a graph in ONNX terms', () => {
  it.each<[string, OnnxAttribute, object]>([
    ['a whole number', 3, { type: 2, i: 3n }],
    ['a flag', true, { type: 2, i: 1n }],
    ['a list', [1, -1], { type: 7, ints: [1n, -1n] }],
    ['a float', { float: 2 }, { type: 1, f: 2 }],
  ])('holds %s as an attribute', (_, value, expected) => {
    const nodes = [{ op: 'Any', inputs: ['x'], outputs: ['y'], attributes: { a: value } }]
    const { graph } = fromBinary(ModelProtoSchema, encodeOnnx({ ...EMPTY, nodes }))
    expect(graph!.node[0].attribute).toMatchObject([{ name: 'a', ...expected }])
  })

  it('holds the elements of a view alone, and names the sizes that are free', () => {
    const data = Int8Array.of(9, 1, -2, 9).subarray(1, 3)
    const initializers = [{ name: 'w', dtype: 'int8', shape: [2], data } as const]
    const inputs = [{ name: 'x', dtype: 'uint8', shape: ['N', 2] } as const]
    const { graph } = fromBinary(ModelProtoSchema, encodeOnnx({ ...EMPTY, initializers, inputs }))
    expect(graph!.initializer).toMatchObject([{ dataType: 3, dims: [2n], rawData: Uint8Array.of(1, 254) }])
    const { elemType, shape } = graph!.input[0].type!.tensorType!
    expect([elemType, ...shape!.dim.map(({ value }) => value.value)]).toStrictEqual([2, 'N', 2n])
  })

  it('imports each domain of its nodes once', () => {
    const node = { op: 'Any', domain: 'org.any', inputs: [], outputs: ['y'] }
    const { opsetImport } = fromBinary(ModelProtoSchema, encodeOnnx({ ...EMPTY, nodes: [node, node] }))
    expect(opsetImport.map(({ domain }) => domain)).toStrictEqual(['', 'org.any'])
  })
})
