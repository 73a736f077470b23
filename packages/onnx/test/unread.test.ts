import { describe, expect, it } from 'vitest'
import { importOnnx } from '../src/index.ts'
import { constant, longs, model, node, ones, value } from './models.ts'

const gemm = [node('Flatten', ['x'], 'f'), node('Gemm', ['f', 'w'], 'y')]
const w = ones('w', [192, 2])

function ops(description: Parameters<typeof model>[0]): string[] {
  return importOnnx(model(description)).nodes.map(({ op }) => op)
}

describe('what the output does not depend on', () => {
  it.each([
    ['an op that is not supported', [node('ArgMax', ['y'], 'label')]],
    [
      'a chain of them',
      [node('Det', ['f'], 'a'), node('Cast', ['a'], 'b'), node('NonZero', ['b', 'w'], 'c')],
    ],
    ['a node of another domain', [node('Relu', ['f'], 'a', {}, { domain: 'com.microsoft' })]],
    ['nodes around a cycle', [node('Add', ['b', 'f'], 'a'), node('Relu', ['a'], 'b')]],
    ['a node that reads what nothing produces', [node('Relu', ['nowhere'], 'a')]],
    ['a tensor that two nodes produce', [node('Relu', ['f'], 'a'), node('Relu', ['f'], 'a')]],
  ])('may hold %s', (_, dead) => {
    expect(ops({ nodes: [...dead, ...gemm], initializers: [w] })).toStrictEqual(['Flatten', 'Gemm'])
  })

  it.each([
    [
      'of a type that is not read',
      constant({ name: 'dead', dataType: 12, dims: [1n], rawData: new Uint8Array(4) }),
    ],
    ['in another file', constant({ name: 'dead', dataType: 1, dims: [4n], dataLocation: 1 })],
    ['cut short', constant({ name: 'dead', dataType: 1, dims: [4n] })],
    ['that is not finite', constant({ name: 'dead', dataType: 1, dims: [1n], floatData: [NaN] })],
  ])('may hold an initializer %s', (_, dead) => {
    expect([
      ...importOnnx(model({ nodes: gemm, initializers: [dead, dead, w] })).initializers.keys(),
    ]).toStrictEqual(['w'])
  })

  it('may be inputs of any number and type', () => {
    const inputs = [value('mask', ['N', 'any'], 9), value('x', ['N', 3, 8, 8]), value('more', [])]
    expect(importOnnx(model({ nodes: gemm, inputs, initializers: [w] })).inputs[0].name).toBe('x')
  })

  it('names nothing: nodes that are left keep theirs', () => {
    const nodes = [
      node('Relu', ['x'], 'dead', {}, { name: 'same' }),
      node('Flatten', ['x'], 'y', {}, { name: 'same' }),
    ]
    expect(importOnnx(model({ nodes })).nodes.map(({ name }) => name)).toStrictEqual(['same'])
  })

  it('does not hide which of several outputs is the last', () => {
    const outputs = [value('f', ['N', 192]), value('y', ['N', 2]), value('y', ['N', 2])]
    const nodes = [...gemm, node('ArgMax', ['y'], 'label')]
    expect(importOnnx(model({ nodes, outputs, initializers: [w] })).output).toBe('y')
  })
})

describe('Dropout', () => {
  const mode = (value: number) => constant({ name: 'mode', dataType: 9, rawData: Uint8Array.of(value) })
  const nodes = [
    ...gemm.slice(0, 1),
    node('Dropout', ['f', 'ratio', 'mode'], 'd'),
    node('Gemm', ['d', 'w'], 'y'),
  ]

  it('that does not train passes its input on, whatever its ratio is stored as', () => {
    const ratio = constant({ name: 'ratio', dataType: 16, rawData: new Uint8Array(2) })
    expect(ops({ nodes, initializers: [w, ratio, mode(0)] })).toStrictEqual(['Flatten', 'Gemm'])
  })

  it.each([
    ['true', mode(1)],
    ['a list', longs('mode', [0, 0])],
  ])('with a training_mode that is %s is refused by name', (_, training) => {
    const bytes = model({ nodes, initializers: [w, ones('ratio', []), training] })
    expect(() => importOnnx(bytes)).toThrow(
      'Dropout "dropout_under_test": its training_mode must be absent or false',
    )
  })
})
