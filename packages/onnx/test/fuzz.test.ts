import { OctetError } from '@octet/core'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { exportOnnx, importOnnx } from '../src/index.ts'
import { GRAPHS } from './graphs.ts'
import { longs, model, node, ones, value, type Description } from './models.ts'

const sizes = fc.array(fc.integer({ min: -2, max: 9 }), { maxLength: 5 })
const names = ['x', 'a', 'b', 'y', 'w', 'v', 's', '']
const anyNode = fc.record({
  op: fc.constantFrom(
    'Add',
    'AveragePool',
    'BatchNormalization',
    'Clip',
    'Concat',
    'Conv',
    'Flatten',
    'Gemm',
    'GlobalAveragePool',
    'HardSigmoid',
    'HardSwish',
    'MatMul',
    'Max',
    'MaxPool',
    'Mul',
    'ReduceMean',
    'Relu',
    'Reshape',
    'Sigmoid',
    'Softmax',
    'Identity',
    'Dropout',
    'Constant',
  ),
  inputs: fc.array(fc.constantFrom(...names), { maxLength: 5 }),
  attributes: fc.dictionary(
    fc.constantFrom(
      'kernel_shape',
      'strides',
      'pads',
      'dilations',
      'axes',
      'axis',
      'group',
      'ceil_mode',
      'auto_pad',
      'keepdims',
      'value',
    ),
    fc.oneof(fc.integer({ min: -3, max: 5 }), sizes, fc.constantFrom('SAME_UPPER', 'VALID')),
    { maxKeys: 3, noNullPrototype: true },
  ),
})
const assembly = fc
  .record({
    nodes: fc.array(anyNode, { minLength: 1, maxLength: 3 }),
    input: fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 4 }),
    shape: fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 5 }),
    other: fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 2 }),
    longs: sizes,
  })
  .map(({ nodes, input, shape, other, longs: list }): Description => ({
    nodes: nodes.map(({ op, inputs, attributes }, i) =>
      node(op, inputs, ['a', 'b', 'y'][i + 3 - nodes.length], attributes),
    ),
    inputs: [value('x', ['N', ...input])],
    initializers: [ones('w', shape), ones('v', other), longs('s', list)],
  }))

/** A graph or an OctetError, nothing else. */
function importOrRefuse(bytes: Uint8Array): void {
  try {
    expect(importOnnx(bytes).nodes.length).toBeGreaterThan(0)
  } catch (error) {
    expect(error).toBeInstanceOf(OctetError)
  }
}

describe('importing anything', () => {
  it('refuses bytes that are not a model with nothing but an OctetError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(() => importOnnx(bytes)).toThrow(OctetError)
      }),
    )
  })

  it('gives an OctetError or a graph for any assembly of nodes', () => {
    fc.assert(
      fc.property(assembly, (description) => {
        importOrRefuse(model(description))
      }),
      { numRuns: 500 },
    )
  })

  it('gives an OctetError or a graph for a model that is cut short or altered', () => {
    const whole = GRAPHS.map((graph) => exportOnnx(graph))
    const damaged = fc.record({
      bytes: fc.constantFrom(...whole),
      length: fc.nat(),
      edits: fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }),
    })
    fc.assert(
      fc.property(damaged, ({ bytes, length, edits }) => {
        const copy = bytes.slice(0, edits.length > 1 ? undefined : length % bytes.length)
        for (const [at, byte] of edits) copy[at % bytes.length] = byte
        importOrRefuse(copy)
      }),
      { numRuns: 500 },
    )
  })
})
