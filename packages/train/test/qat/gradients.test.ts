import { describe, expect, test } from 'vitest'
import {
  AFFINE_INT8,
  fakeQuantize,
  learnedStepFactor,
  learnedStepGradients,
  qparamsFromRange,
  type Surroundings,
  SYMMETRIC_INT8,
  tensor,
  type WeightedLayer,
} from '@octet/core'
import type { Value } from '@octet/core/training'
import { Random } from '@octet/core/statistics'
import { ActivationGrid } from '../../src/qat/activation-grid.ts'
import { LayerWeights } from '../../src/qat/layer-weights.ts'
import type { Norm } from '../../src/qat/norm.ts'
import { bindRenormalization } from '../../src/qat/renormalize.ts'

const random = new Random(3)
const uniform = (length: number, scale = 1): Float32Array =>
  Float32Array.from({ length }, () => (2 * random.uniform() - 1) * scale)
const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((sum, value, i) => sum + value * b[i], 0)

function slope(data: Float32Array, i: number, step: number, f: () => number): number {
  const kept = data[i]
  const [above, below] = [step, -step].map((by) => {
    data[i] = kept + by
    return f()
  })
  data[i] = kept
  return (above - below) / (2 * step)
}

const M = 4
const norm: Norm = {
  weight: tensor('float32', [M, 2, 1, 2], uniform(16)),
  bias: uniform(M),
  scale: Float32Array.of(0.5, -0.75, 1.25, 0),
  shift: uniform(M),
  mean: uniform(M),
  variance: uniform(M).map((v) => v * v + 0.5),
  epsilon: 1e-3,
}
const layer = { name: 'conv' } as WeightedLayer
const options = {
  scheme: { ...SYMMETRIC_INT8, granularity: 'per-channel' },
  start: { axis: 0, qmin: -127, qmax: 127, scale: new Float32Array(M).fill(1), zeroPoint: new Int32Array(M) },
  learned: false,
} as const

/** What a layer reads and yields, both at one scale. */
function between(scale: number): Surroundings {
  const grid = {
    axis: null,
    qmin: -128,
    qmax: 127,
    scale: Float32Array.of(scale),
    zeroPoint: Int32Array.of(0),
  }
  return { input: grid, output: grid }
}

describe('folded weights', () => {
  test.each([true, false])('have the gradient of folding, live statistics: %s', (live) => {
    const weights = new LayerWeights(layer, norm, norm, options)
    weights.live = live
    const [byWeight, byBias] = [uniform(16), uniform(M)]
    const value = (): number => {
      const { weight, bias } = weights.fold()
      return dot(weight.data, byWeight) + (live ? 0 : dot(bias, byBias))
    }
    weights.prepare(between(0.1), 'train')
    weights.weight.grad.set(byWeight)
    weights.bias.grad.set(byBias)
    weights.backward()
    for (const { name, data, grad } of weights.parameters)
      for (let i = 0; i < data.length; i++)
        // Folding is linear in each of them, so a wide step costs nothing.
        expect(grad[i], `${name}[${i}]`).toBeCloseTo(slope(data, i, 0.25, value), 4)
  })

  test('pass gradients straight through within the grid, its ends included, and stop them outside', () => {
    const weight = tensor('float32', [1, 4], Float32Array.of(0.5, 1, -1, 1.2))
    const weights = new LayerWeights(layer, { weight, bias: new Float32Array(1) }, undefined, {
      scheme: { ...SYMMETRIC_INT8, bits: 4, granularity: 'per-tensor' },
      start: { axis: null, qmin: -7, qmax: 7, scale: Float32Array.of(1 / 7), zeroPoint: Int32Array.of(0) },
      learned: false,
    })
    weights.observing = false
    weights.prepare(between(1), 'train')
    weights.weight.grad.fill(1)
    weights.backward()
    expect([...weights.parameters[0].grad]).toEqual([1, 1, 1, 0])
  })

  test('on learned scales have the gradients of LSQ, by the logarithm of the scale', () => {
    const start = { ...options.start, qmin: -7, qmax: 7, scale: Float32Array.of(0.1, 0.2, 0.3, 0.05) }
    const weights = new LayerWeights(layer, norm, undefined, {
      scheme: { ...options.scheme, bits: 4 },
      start,
      learned: true,
    })
    const grad = uniform(16)
    weights.prepare(between(0.1), 'train')
    weights.weight.grad.set(grad)
    weights.backward()
    const scale = start.scale.map((s) => Math.exp(Math.fround(Math.log(s))))
    const grid = { ...start, scale, zeroPoint: new Float32Array(M) }
    const expected = learnedStepGradients(norm.weight, grid, grad, learnedStepFactor(4, 7))
    const [own, , logScale] = weights.parameters
    // 0 and -0 are one gradient.
    expect([...own.grad]).toEqual([...expected.x].map((by) => by + 0))
    expect(logScale.grad).toEqual(expected.scale.map((by, i) => by * scale[i]))
  })
})

describe('renormalization over a batch', () => {
  const [BATCH, PLANE] = [3, 5]
  const double = (data: Float32Array): Float32Array => Float64Array.from(data) as unknown as Float32Array
  const value = (length: number): Value => ({
    name: 'v',
    shape: [M, PLANE],
    batched: true,
    data: double(uniform(length)),
    grad: double(new Float32Array(length)),
  })

  test('has the gradient of its definition, by finite differences in float64', () => {
    const weights = new LayerWeights(layer, norm, norm, options)
    const parameter = (data: Float32Array) => ({ data: double(data), grad: double(new Float32Array(M)) })
    const values = { ...weights.norm!, scale: parameter(norm.scale), shift: parameter(norm.shift) }
    const twin = Object.assign(Object.create(weights) as LayerWeights, { norm: values, live: true })
    const [x, y] = [value(BATCH * M * PLANE), value(BATCH * M * PLANE)]
    const operator = bindRenormalization(x, twin, y)
    const r = uniform(y.data.length)
    const run = (): number => {
      // Running statistics move with every pass; the gradient is that of one.
      values.mean.set(norm.mean)
      values.variance.set(norm.variance)
      operator.forward(BATCH, 'train')
      return dot(y.data, r)
    }
    run()
    y.grad!.set(r)
    operator.backward(BATCH)
    const check = (data: Float32Array, grad: Float32Array, skip: (i: number) => boolean): void => {
      for (let i = 0; i < data.length; i++)
        if (!skip(i)) expect(grad[i]).toBeCloseTo(slope(data, i, 1e-4, run), 5)
    }
    check(x.data, x.grad!, () => false)
    check(values.shift.data, values.shift.grad, () => false)
    // |scale| has no slope at 0, where the gradient is taken to be 0.
    check(values.scale.data, values.scale.grad, (i) => norm.scale[i] === 0)
  })

  test('normalizes as BatchNormalization does what the folded weights yield', () => {
    const weights = new LayerWeights(layer, norm, norm, options)
    const [x, y] = [value(BATCH * M * PLANE), value(BATCH * M * PLANE)]
    const unfolded = x.data.slice()
    const plane = (c: number) =>
      Array.from({ length: BATCH * PLANE }, (_, i) => (Math.floor(i / PLANE) * M + c) * PLANE + (i % PLANE))
    for (let c = 0; c < M; c++) {
      const gain = norm.scale[c] / Math.sqrt(norm.variance[c] + norm.epsilon)
      for (const at of plane(c)) x.data[at] = unfolded[at] * gain
    }
    bindRenormalization(x, weights, y).forward(BATCH, 'train')
    for (let c = 0; c < M; c++) {
      const values = plane(c).map((at) => unfolded[at])
      const mean = values.reduce((a, b) => a + b) / values.length
      const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length
      for (const at of plane(c))
        expect(y.data[at]).toBeCloseTo(
          (norm.scale[c] * (unfolded[at] - mean)) / Math.sqrt(variance + norm.epsilon) + norm.shift[c],
          5,
        )
      if (norm.scale[c] === 0) continue
      expect(weights.norm!.mean[c]).toBeCloseTo(0.9 * norm.mean[c] + 0.1 * (mean + norm.bias[c]), 5)
      expect(weights.norm!.variance[c]).toBeCloseTo(0.9 * norm.variance[c] + 0.1 * variance, 5)
    }
  })
})

describe('an activation grid', () => {
  const grid = qparamsFromRange({ min: -0.5, max: 1.5 }, AFFINE_INT8)
  const value = (data: Float32Array): Value => ({
    name: 'x',
    shape: [data.length],
    batched: true,
    data,
    grad: new Float32Array(data.length),
  })

  test.each([
    [-Infinity, Infinity],
    [0, Infinity],
    [0, 1],
    [-0.25, 0.3],
  ])('rounds as fakeQuantize rounds what lies in [%s, %s], and passes gradients within both', (lo, hi) => {
    const x = value(uniform(400, 2))
    const y = value(new Float32Array(400))
    const operator = new ActivationGrid('x', AFFINE_INT8, grid, {}).bind(x, y, [lo, hi], {
      capacity: 1,
      observes: false,
    })
    operator.forward(1, 'train')
    const clamped = x.data.map((v) => Math.min(Math.max(v, lo), hi))
    const expected = fakeQuantize(tensor('float32', [400], clamped), grid)
    expect([...y.data]).toEqual([...expected.y.data].map((want) => want + 0))
    y.grad!.fill(1)
    operator.backward(1)
    for (const [i, v] of x.data.entries())
      expect(x.grad![i], `at ${v}`).toBe(v > lo && v < hi ? expected.mask[i] : 0)
  })

  test('that is learned has the gradient of LSQ, by the logarithm of its scale', () => {
    const x = value(uniform(200, 2))
    const y = value(new Float32Array(200))
    const learned = new ActivationGrid('x', AFFINE_INT8, grid, { learned: true })
    const operator = learned.bind(x, y, [-Infinity, Infinity], { capacity: 1, observes: true })
    operator.forward(1, 'train')
    const grad = uniform(200)
    y.grad!.set(grad)
    operator.backward(1)
    const now = learned.grid
    const real = { ...now, zeroPoint: Float32Array.from(now.zeroPoint) }
    const { scale } = learnedStepGradients(
      tensor('float32', [200], x.data),
      real,
      grad,
      learnedStepFactor(200, now.qmax),
    )
    expect(learned.scale!.grad[0]).toBeCloseTo(scale[0] * now.scale[0], 6)
  })

  test('follows batches by a moving average until it freezes', () => {
    const x = value(Float32Array.of(-1, 3))
    const moving = new ActivationGrid('x', AFFINE_INT8, undefined, { averagingConstant: 0.5 })
    const operator = moving.bind(x, value(new Float32Array(2)), [-Infinity, Infinity], {
      capacity: 1,
      observes: true,
    })
    operator.forward(1, 'train')
    expect([...moving.range]).toEqual([-1, 3])
    x.data.set([-3, 7])
    operator.forward(1, 'train')
    expect([...moving.range]).toEqual([-2, 5])
    operator.forward(1, 'infer')
    moving.observing = false
    operator.forward(1, 'train')
    expect([...moving.range]).toEqual([-2, 5])
    expect(moving.grid).toEqual(qparamsFromRange({ min: -2, max: 5 }, AFFINE_INT8))
  })
})
