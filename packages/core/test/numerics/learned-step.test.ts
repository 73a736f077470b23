import { describe, expect, test } from 'vitest'
import { fakeQuantize } from '../../src/numerics/fake-quantize.ts'
import {
  learnedStepFactor,
  learnedStepGradients,
  roundedGrid,
  type LearnedGrid,
} from '../../src/numerics/learned-step.ts'
import { tensor } from '../../src/tensor/tensor.ts'
import { goldenTest, type GoldenTensor } from './golden.ts'

interface LearnableCase {
  axis?: number
  quant_min: number
  quant_max: number
  grad_factor: number
  lsq_grad_factor?: boolean
  scale: number | GoldenTensor<Float32Array>
  zero_point_float: number | GoldenTensor<Float32Array>
  x: GoldenTensor<Float32Array>
  y: GoldenTensor<Float32Array>
  grad_out: GoldenTensor<Float32Array>
  grad_x: GoldenTensor<Float32Array>
  grad_scale: number | GoldenTensor<Float32Array>
  grad_zero_point: number | GoldenTensor<Float32Array>
}

type NegativeCase = Omit<LearnableCase, 'grad_x' | 'grad_scale' | 'grad_zero_point'> & {
  expected_grad_x: GoldenTensor<Float32Array>
  expected_grad_scale: number
  expected_grad_zero_point: number
}

const list = (value: number | GoldenTensor<Float32Array>): Float32Array =>
  typeof value === 'number' ? Float32Array.of(value) : value.data

/** PyTorch's ops do not agree on the sign of a zero. */
const unsigned = (x: Float32Array) => x.map((value) => value + 0)

function expectNear(actual: Float32Array, expected: Float32Array): void {
  expect(actual.length).toBe(expected.length)
  for (const [i, value] of expected.entries())
    expect(Math.abs(actual[i] - value), `${actual[i]} for ${value}`).toBeLessThanOrEqual(
      1e-4 * Math.abs(value),
    )
}

function check(one: LearnableCase): void {
  const x = tensor('float32', one.x.shape, one.x.data)
  const grid: LearnedGrid = {
    qmin: one.quant_min,
    qmax: one.quant_max,
    axis: one.axis ?? null,
    scale: list(one.scale),
    zeroPoint: list(one.zero_point_float),
  }
  expect(fakeQuantize(x, roundedGrid(grid)).y.data).toEqual(one.y.data)
  if (one.lsq_grad_factor)
    expect(one.grad_factor).toBeCloseTo(learnedStepFactor(x.data.length, one.quant_max), 7)
  const gradients = learnedStepGradients(x, grid, one.grad_out.data, one.grad_factor)
  expect(unsigned(gradients.x)).toEqual(unsigned(one.grad_x.data))
  expectNear(gradients.scale, list(one.grad_scale))
  expectNear(gradients.zeroPoint, list(one.grad_zero_point))
}

goldenTest<{
  learnable_per_tensor: LearnableCase[]
  learnable_per_channel: LearnableCase[]
  learnable_negative_zero_point: NegativeCase
}>('gradients of a learned grid', 'fake_quantize.json', (vectors) => {
  for (const one of [...vectors.learnable_per_tensor, ...vectors.learnable_per_channel]) check(one)
  const negative = vectors.learnable_negative_zero_point
  check({
    ...negative,
    grad_x: negative.expected_grad_x,
    grad_scale: negative.expected_grad_scale,
    grad_zero_point: negative.expected_grad_zero_point,
  })
})

describe('a learned grid', () => {
  const grid: LearnedGrid = {
    qmin: -8,
    qmax: 7,
    axis: null,
    scale: Float32Array.of(0.5),
    zeroPoint: Float32Array.of(-2.5),
  }

  test('rounds its zero point half to even and keeps it among the integers', () => {
    const zeroPoints = Float32Array.of(-2.5, -3.5, 0.5, 90, -90)
    const scale = new Float32Array(5).fill(1)
    expect([...roundedGrid({ ...grid, axis: 0, scale, zeroPoint: zeroPoints }).zeroPoint]).toEqual([
      -2, -4, 0, 7, -8,
    ])
  })

  test('lets the scale feel how far rounding moved a value, and how far clamping did', () => {
    const x = tensor('float32', [3], Float32Array.of(0.65, -40, 40))
    const only = (at: number) =>
      learnedStepGradients(
        x,
        grid,
        Float32Array.from({ length: 3 }, (_, i) => (i === at ? 1 : 0)),
      )
    // 0.65 is 1.3 steps, rounded to 1.
    expect(only(0).scale[0]).toBeCloseTo(-0.3, 6)
    expect([only(1).scale[0], only(2).scale[0]]).toEqual([-6, 9])
    expect([only(0).zeroPoint[0], only(1).zeroPoint[0], only(2).zeroPoint[0]]).toEqual([0, -0.5, -0.5])
    expect([...only(0).x, ...only(1).x, ...only(2).x]).toEqual([1, 0, 0, 0, 0, 0, 0, 0, 0])
  })
})
