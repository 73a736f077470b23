import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { exportOnnx, importOnnx } from '../src/index.ts'
import { OPS } from '../src/ops/list.ts'
import { chain, CONVERTED, GRAPHS, numbers, window, type Link } from './graphs.ts'

const float = fc.float({ noNaN: true, noDefaultInfinity: true })
const bounds = fc
  .tuple(fc.oneof(float, fc.constant(-Infinity)), fc.oneof(float, fc.constant(Infinity)))
  .filter(
    ([min, max]) =>
      min <= max && Math.abs(min) !== 3.4028234663852886e38 && Math.abs(max) !== 3.4028234663852886e38,
  )

/** Links that keep [N, 4, 8, 8], so that any sequence of them fits. */
const link = fc.oneof(
  fc.constantFrom(1, 2, 4).map((group): Link => ({
    op: 'Conv',
    attributes: { ...window(3, { pads: [1, 1, 1, 1] }), group },
    weights: [numbers([4, 4 / group, 3, 3], group), [4]],
  })),
  fc.constantFrom(1, 2, 3).map((dilation): Link => ({
    op: 'MaxPool',
    attributes: { ...window(2, { dilations: [dilation, 1], pads: [dilation, 0, 0, 1] }), ceilMode: false },
  })),
  fc.boolean().map((countIncludePad): Link => ({
    op: 'AveragePool',
    attributes: { ...window(3, { pads: [1, 1, 1, 1] }), ceilMode: false, countIncludePad },
  })),
  fc.float({ min: 0, max: 1, noNaN: true }).map((epsilon): Link => ({
    op: 'BatchNormalization',
    attributes: { epsilon },
    weights: [[4], [4], [4], [4]],
  })),
  bounds.map(([min, max]): Link => ({ op: 'Clip', attributes: { min, max } })),
  fc.constant<Link>({ op: 'Relu', attributes: null }),
  fc.constantFrom('Add', 'Mul').map((op): Link => ({ op, attributes: null, residual: 'x' })),
  fc
    .constantFrom('Sigmoid', 'HardSwish', 'Tanh', 'Erf', 'Mish')
    .map((op): Link => ({ op, attributes: null })),
  fc.constantFrom('none', 'tanh').map((approximate): Link => ({ op: 'Gelu', attributes: { approximate } })),
  float.map((exponent): Link => ({ op: 'Power', attributes: { exponent } })),
  fc
    .record({ alpha: float, gamma: float }, { noNullPrototype: true })
    .map((attributes): Link => ({ op: 'Selu', attributes })),
  fc.record({ alpha: float, beta: float }, { noNullPrototype: true }).map((attributes): Link => ({
    op: 'HardSigmoid',
    attributes,
  })),
)

const head = fc.oneof(
  fc
    .record(
      { alpha: float, beta: float, transA: fc.constant(false), transB: fc.boolean() },
      { noNullPrototype: true },
    )
    .map((attributes): Link[] => [
      { op: 'Flatten', attributes: { axis: 1 } },
      { op: 'Gemm', attributes, weights: [attributes.transB ? [3, 256] : [256, 3], [3]] },
    ]),
  fc.constantFrom([0, 256], [-1, 256], [0, -1]).map((shape): Link[] => [
    { op: 'Reshape', attributes: { shape } },
    { op: 'MatMul', attributes: null, weights: [[256, 3]] },
    { op: 'Softmax', attributes: { axis: 1 } },
  ]),
)

describe('a graph that is exported and imported again', () => {
  it.each(GRAPHS.map((graph) => [graph.name, graph] as const))('is the same: %s', (_, graph) => {
    expect(importOnnx(exportOnnx(graph))).toStrictEqual(graph)
  })

  it('has its truth values and whole numbers as floats again', () => {
    const { nodes } = importOnnx(exportOnnx(CONVERTED))
    expect(nodes.map(({ op }) => op).join(' ')).toBe('Relu Equal Equal Where Equal Less LessOrEqual ArgMax')
  })

  it('is the same for any sequence of ops', () => {
    fc.assert(
      fc.property(fc.array(link, { maxLength: 6 }), head, (body, tail) => {
        const graph = chain('any', [4, 8, 8], [...body, ...tail])
        expect(importOnnx(exportOnnx(graph))).toStrictEqual(graph)
      }),
      { numRuns: 60 },
    )
  })

  it('takes the name it is given', () => {
    expect(importOnnx(exportOnnx(GRAPHS[0]), { name: 'renamed' }).name).toBe('renamed')
  })

  it('is written to the same bytes each time', () => {
    const bytes = exportOnnx(GRAPHS[1])
    expect(exportOnnx(importOnnx(bytes))).toStrictEqual(bytes)
  })

  const folder = join(import.meta.dirname, '../../../../shared/models')
  const models = ['cifar10-resnet8', 'fmnist-mobilenet-bn', 'kws-dscnn', 'satellite-mlp']
  it.skipIf(!existsSync(folder)).each(models)(
    'is the same for the published model %s (skipped without ../shared)',
    (name) => {
      const graph = importOnnx(readFileSync(join(folder, name, 'model_fp32.onnx')))
      expect(importOnnx(exportOnnx(graph))).toStrictEqual(graph)
    },
  )
})

it('the graphs of these tests hold every op of the list', () => {
  const tried = new Set([...GRAPHS, CONVERTED].flatMap(({ nodes }) => nodes.map(({ op }) => op as string)))
  // An Identity is read as no node at all.
  expect(Object.keys(OPS).filter((op) => !tried.has(op))).toStrictEqual(['Identity'])
})
