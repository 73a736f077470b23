import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { answerOf, lower, modelOf, type FloatModel, type QuantizedModel } from '@octet/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { importOnnx, importQuantizedOnnx } from '../src/index.ts'
import { numbers } from './graphs.ts'
import { floatsOf, Qdq, type Point } from './qdq.ts'

const X: Point = { scale: 0.0157, zero: 128 }
const Y: Point = { scale: 0.05, zero: 110 }
const RELU: Point = { scale: 0.031, zero: 0 }
const W: Point = { scale: 0.01, dtype: 'int8' }
const MICROSOFT = 'com.microsoft'
const RAW = { offset: Float32Array.of(0), scale: Float32Array.of(1) }

const steps = (source: QuantizedModel): readonly string[] =>
  lower(source, { batch: 2, normalizer: RAW }).steps.map(({ spec }) => `${spec.op} ${spec.output.dtype}`)

/** What a model yields for samples in [-2, 2). */
function answer(source: FloatModel | QuantizedModel): Float32Array {
  const { inputs } = source.model.graph
  const x = numbers([2, ...inputs[0].shape], 77)
  return answerOf(lower(source, { batch: 2, normalizer: RAW }), {
    ...x,
    data: x.data.map((value) => 2 * value),
  })
}

/** The model in integers; its answers lie within some steps of those that the file's own nodes compute in floats. */
function checked(bytes: Uint8Array, step: number, most = 1): QuantizedModel {
  const model = importQuantizedOnnx(bytes)!
  const want = answer({ precision: 'fp32', model: modelOf(importOnnx(bytes)) })
  const got = answer(model)
  expect(got.length).toBe(want.length)
  for (const [i, value] of want.entries())
    expect(Math.abs(got[i] - value)).toBeLessThanOrEqual(most * step * 1.001)
  // Most lie on the very same step.
  expect(got.filter((value, i) => Math.abs(value - want[i]) < step / 2).length).toBeGreaterThan(
    0.9 * want.length,
  )
  return model
}

/** A convolution on grids, 4 channels to 4, and its bias. */
function conv(qdq: Qdq, x: string, weight: Point = W, seed = 3): string {
  const w = qdq.weight([4, 4, 3, 3], seed, weight, typeof weight.scale === 'number' ? undefined : 0)
  const unit = [weight.scale].flat().map((scale) => Math.fround(Math.fround(scale) * Math.fround(0.0157)))
  const point: Point = { scale: unit.length === 1 ? unit[0] : unit, dtype: 'int32' }
  const bias = qdq.dequantize(qdq.integers([4], 5, { dtype: 'int32' }, 900), point, 0)
  return qdq.node('Conv', [x, w, bias], { pads: [1, 1, 1, 1] })
}

describe('a model with grids around its ops', () => {
  it('has every layer in integers, and the bias and weights of the file', () => {
    const qdq = new Qdq()
    const x = qdq.onGrid('x', X)
    const a = qdq.onGrid(qdq.node('Relu', [conv(qdq, x)]), RELU)
    const b = qdq.onGrid(conv(qdq, x, { scale: [0.01, 0.02, 0.005, 0.03], dtype: 'int8' }, 9), Y)
    const sum = qdq.onGrid(qdq.node('Relu', [qdq.node('Add', [a, b])]), RELU)
    const pooled = qdq.onGrid(qdq.node('MaxPool', [sum], { kernel_shape: [2, 2], strides: [2, 2] }), RELU)
    const mean = qdq.onGrid(qdq.node('GlobalAveragePool', [pooled]), Y)
    const flat = qdq.node('Flatten', [mean])
    const w = qdq.weight([5, 4], 4, W)
    const model = checked(qdq.model(qdq.onGrid(qdq.node('Gemm', [flat, w], { transB: 1 }), Y)), 0.05, 2)
    expect(floatsOf(model)).toBeUndefined()
    expect(steps(model)).toEqual([
      'Normalize float32',
      'QuantizeLinear int8',
      'Conv int8',
      'Conv int8',
      'Add int8',
      'MaxPool int8',
      'AveragePool int8',
      'Reshape int8',
      'Gemm int8',
      'DequantizeLinear float32',
    ])
    const [first, second, last] = model.weights.values()
    expect(first.bias).toEqual(Int32Array.from(numbers([4], 5).data, (value) => Math.floor(value * 900)))
    expect(second.qparams.axis).toBe(0)
    expect(last.weight.data).toEqual(
      Int8Array.from(numbers([5, 4], 4).data, (value) => Math.floor(value * 90)),
    )
    expect(model.configuration.weights).toMatchObject({
      bits: 8,
      symmetric: true,
      granularity: 'per-channel',
    })
  })

  it('has weights in uint8 with a zero point, and those of a MatMul by column', () => {
    const qdq = new Qdq()
    const x = qdq.onGrid(qdq.node('Flatten', ['x']), X)
    const w = qdq.weight([24, 3], 4, { scale: 0.02, zero: 120, dtype: 'uint8' })
    const y = qdq.onGrid(qdq.node('MatMul', [x, w]), Y)
    const columns = qdq.weight([3, 5], 8, { scale: [0.1, 0.2, 0.3, 0.1, 0.2], dtype: 'int8' }, 1)
    const end = qdq.onGrid(qdq.node('MatMul', [y, columns]), { scale: 1, zero: 100 })
    const model = checked(qdq.model(end, [4, 3, 2]), 1)
    expect([...floatsOf(model)!]).toEqual(['Flatten_t1'])
    const [first, second] = model.weights.values()
    expect([...first.qparams.zeroPoint]).toEqual([-8])
    expect(second.weight.shape).toEqual([5, 3])
    expect(second.qparams.scale).toEqual(Float32Array.of(0.1, 0.2, 0.3, 0.1, 0.2))
  })

  it('moves integers between ops of integers, and joins those of one grid', () => {
    const qdq = new Qdq()
    const q = qdq.quantize('x', X)
    const pooled = qdq.node('MaxPool', [q], { kernel_shape: [2, 2] })
    const turned = qdq.node('Transpose', [pooled], { perm: [0, 1, 3, 2] })
    const joined = qdq.node('Concat', [turned, pooled], { axis: 1 })
    const flat = qdq.node('Reshape', [joined, qdq.constant('int64', [2], [0, -1])])
    const a = qdq.dequantize(flat, X)
    const y = qdq.onGrid(qdq.node('MatMul', [a, qdq.weight([200, 3], 6, W)]), Y)
    const model = checked(qdq.model(y), 0.05)
    expect(floatsOf(model)).toBeUndefined()
    expect(steps(model).filter((step) => step.endsWith('float32'))).toHaveLength(2)
  })

  it('leaves in floats, by name, what reads or yields numbers that are on no grid', () => {
    const qdq = new Qdq()
    const x = qdq.onGrid('x', X)
    const open = conv(qdq, x)
    const y = qdq.onGrid(conv(qdq, qdq.onGrid(open, X), W, 9), Y)
    const beside = qdq.node('Mul', [open, y])
    const model = checked(qdq.model(beside), 0.3)
    const [first, second, last] = model.model.layers
      .filter(({ node }) => ['Conv', 'Mul'].includes(node.op))
      .map(({ name }) => name)
    expect([...floatsOf(model)!]).toEqual([first, last])
    expect([...model.weights.keys()]).toEqual([second])
  })

  it('puts a tensor on several grids, floats and integers alike', () => {
    const qdq = new Qdq()
    const [a, b] = [X, { scale: 0.04, zero: 99 }].map((point) => qdq.onGrid('x', point))
    const c = qdq.onGrid(qdq.onGrid(a, RELU), Y)
    const end = qdq.onGrid(qdq.node('Add', [qdq.onGrid(qdq.node('Add', [a, b]), Y), c]), Y)
    const model = checked(qdq.model(end), 0.05)
    expect([...floatsOf(model)!]).toContain('x.copy')
  })

  it('is none without a layer in integers', () => {
    const qdq = new Qdq()
    const weightOnly = qdq.node('MatMul', [qdq.node('Flatten', ['x']), qdq.weight([144, 3], 6, W)])
    expect(importQuantizedOnnx(qdq.model(weightOnly))).toBeUndefined()
  })

  it('rounds as ONNX does whatever the scales are', () => {
    const scale = fc.float({ min: Math.fround(0.002), max: Math.fround(0.1), noNaN: true })
    const zero = fc.integer({ min: 0, max: 255 })
    fc.assert(
      fc.property(scale, zero, scale, zero, (s, z, t, y) => {
        const qdq = new Qdq()
        const x = qdq.onGrid('x', { scale: s, zero: z })
        const twice = qdq.onGrid(qdq.node('Concat', [x, x], { axis: 1 }), { scale: t, zero: y })
        const bytes = qdq.model(twice, [9])
        const model = importQuantizedOnnx(bytes)!
        const data = Float32Array.from({ length: 18 }, (_, i) => (i - 9.5) * Math.fround(s))
        const program = lower(model, { batch: 2, normalizer: RAW })
        const got = answerOf(program, { dtype: 'float32', shape: [2, 9], data })
        const rounded = (value: number, step: number, point: number): number => {
          const q = Math.min(Math.max(rint(Math.fround(value / step)) + point, 0), 255)
          return Math.fround((q - point) * step)
        }
        const [a, b] = [Math.fround(s), Math.fround(t)]
        const want = data.map((value) => rounded(rounded(value, a, z), b, y))
        const [first, second] = [want.subarray(0, 9), want.subarray(9)]
        expect(got).toEqual(Float32Array.of(...first, ...first, ...second, ...second))
      }),
      { numRuns: 30 },
    )
  })
})

const MODELS = join(import.meta.dirname, '../../../../shared/models')
/** By model: its convolutions and its one Gemm. */
const PUBLISHED = { 'cifar10-resnet8': 10, 'kws-dscnn': 10 }

describe.skipIf(!existsSync(MODELS))('publishers’ QDQ models (skipped without ../shared/models)', () => {
  it.each(Object.entries(PUBLISHED))('%s has all of its layers in integers', (name, weighted) => {
    const bytes = readFileSync(join(MODELS, name, 'model_int8_reference_qdq.onnx'))
    const model = importQuantizedOnnx(bytes)!
    expect(floatsOf(model)).toBeUndefined()
    expect(model.weights.size).toBe(weighted)
    expect(steps(model).filter((step) => step.endsWith('float32'))).toEqual([
      'Normalize float32',
      'DequantizeLinear float32',
      'Softmax float32',
    ])
  })
})

function rint(x: number): number {
  const low = Math.floor(x)
  const rest = x - low
  return rest < 0.5 || (rest === 0.5 && low % 2 === 0) ? low : low + 1
}

describe('ops on integers', () => {
  const unary: readonly (readonly [op: string, attributes: Record<string, number | readonly number[]>])[] = [
    ['QLinearSigmoid', {}],
    ['QLinearLeakyRelu', {}],
    ['QLinearGlobalAveragePool', { channels_last: 0 }],
    ['QLinearAveragePool', { kernel_shape: [2, 2], strides: [2, 2] }],
  ]
  it.each(unary)('%s computes in integers', (op, attributes) => {
    const qdq = new Qdq()
    const y = qdq.node(op, [qdq.quantize('x', X), ...qdq.point(X), ...qdq.point(Y)], attributes, MICROSOFT)
    expect(floatsOf(checked(qdq.model(qdq.dequantize(y, Y)), 0.05))).toBeUndefined()
  })

  it.each(['QLinearAdd', 'QLinearMul'])('%s computes in integers, with a constant too', (op) => {
    const qdq = new Qdq()
    const x = [qdq.quantize('x', X), ...qdq.point(X)]
    const other = [qdq.integers([4, 6, 6], 3, { zero: 110, dtype: 'uint8' }, 100), ...qdq.point(Y)]
    const sum = qdq.node(op, [...x, ...other, ...qdq.point(Y)], {}, MICROSOFT)
    const twice = qdq.node(op, [sum, ...qdq.point(Y), ...x, ...qdq.point(Y)], {}, MICROSOFT)
    expect(floatsOf(checked(qdq.model(qdq.dequantize(twice, Y)), 0.05, 2))).toBeUndefined()
  })

  it('QLinearConcat brings all to one grid', () => {
    const qdq = new Qdq()
    const parts = [X, Y, X].flatMap((point) => [qdq.quantize('x', point)].concat(qdq.point(point)))
    const joined = qdq.node('QLinearConcat', [...qdq.point(Y), ...parts], { axis: 1 }, MICROSOFT)
    // A float tensor is on one grid, and a copy of it on each other.
    expect([...floatsOf(checked(qdq.model(qdq.dequantize(joined, Y)), 0.05))!]).toEqual(['x.copy'])
  })

  it.each([
    ['on a grid', true],
    ['in floats', false],
  ])('QGemm yields %s', (_, rounds) => {
    const qdq = new Qdq()
    const a = [qdq.quantize(qdq.node('Flatten', ['x']), X), ...qdq.point(X)]
    const b = [qdq.integers([3, 144], 3, W), ...qdq.point(W)]
    const c = qdq.integers([3], 5, { dtype: 'int32' }, 9000)
    const ends = rounds ? qdq.point(Y) : []
    const attributes = { transB: 1, alpha: { float: 1 } }
    const y = qdq.node('QGemm', [...a, ...b, c, ...ends], attributes, MICROSOFT)
    const bytes = qdq.model(rounds ? qdq.dequantize(y, Y) : y)
    if (rounds) expect(checked(bytes, 0.05).weights.size).toBe(1)
    else expect(importQuantizedOnnx(bytes)).toBeUndefined()
  })

  it.each([
    ['MatMulIntegerToFloat', 2],
    ['DynamicQuantizeMatMul', 1],
  ] as const)('%s computes in floats on whole numbers', (op, from) => {
    const qdq = new Qdq()
    const x = qdq.node('Flatten', ['x'])
    const b = qdq.integers([144, 3], 3, W)
    const [scale, zero] = qdq.point(W)
    const [steps, point] = qdq.point(X)
    const inputs = from === 1 ? [x, b, scale, zero] : [qdq.quantize(x, X), b, steps, scale, point, zero]
    const bytes = qdq.model(qdq.node(op, inputs, {}, MICROSOFT), [4, 6, 6])
    const graph = importOnnx(bytes)
    const plain = new Qdq()
    const product = plain.node('MatMul', [plain.node('Flatten', ['x']), plain.weight([144, 3], 3, W)])
    const want = importOnnx(plain.model(product))
    const single = (graph: typeof want): Float32Array => {
      const data = numbers([1, 4, 6, 6], 7)
      return answerOf(
        lower({ precision: 'fp32', model: modelOf(graph) }, { batch: 1, normalizer: RAW }),
        data,
      )
    }
    // Samples that are rounded to 1/128 of their range.
    for (const [i, value] of single(want).entries())
      expect(Math.abs(single(graph)[i] - value)).toBeLessThan(0.08)
  })

  it('that lacks inputs is refused by name', () => {
    const qdq = new Qdq()
    const bytes = qdq.model(qdq.node('QLinearConv', [qdq.quantize('x', X), ...qdq.point(X)]))
    expect(() => importOnnx(bytes)).toThrow('QLinearConv "QLinearConv_t')
    expect(() => importOnnx(bytes)).toThrow('it takes 8 inputs at least, got 3')
  })
})
