import { describe, expect, test } from 'vitest'
import { observe } from '../../src/execute/observe.ts'
import { modelOf, type Model } from '../../src/model/layers.ts'
import { AFFINE_INT8, SYMMETRIC_INT8, dequantize } from '../../src/numerics/index.ts'
import type { Grids } from '../../src/model/quantized.ts'
import { ptq } from '../../src/quantize/ptq.ts'
import { tensor } from '../../src/tensor/tensor.ts'
import { GraphBuilder } from '../model/graphs.ts'

const IDENTITY = { offset: Float32Array.of(0), scale: Float32Array.of(1) }
const X = tensor('float32', [2, 2, 1, 1], Float32Array.of(1, -1, 0.5, 2))

function configuration(granularity: 'per-tensor' | 'per-channel', overrides: Partial<Grids> = {}): Grids {
  return {
    calibration: 'minmax',
    activations: AFFINE_INT8,
    weights: { ...SYMMETRIC_INT8, granularity },
    ...overrides,
  }
}

/** Two output channels whose weights differ a thousandfold: the skew that per-tensor scales cannot serve. */
function skewed(): Model {
  const build = new GraphBuilder()
  const y = build.conv('c', 'x', [2, 2, 1, 1], {
    data: Float32Array.of(0.001, 0.0005, 1, -0.5),
    bias: Float32Array.of(0, 0.25),
  })
  build.relu('r', y)
  return modelOf(build.graph([2, 1, 1]))
}

describe('ptq', () => {
  test('a tensor whose range has no scale is named', async () => {
    const build = new GraphBuilder()
    build.conv('c', 'x', [2, 1, 1, 1], { data: Float32Array.of(3e38, -3e38), bias: new Float32Array(2) })
    const model = modelOf(build.graph([1, 1, 1]))
    const seen = await observe(model, IDENTITY, [tensor('float32', [1, 1, 1, 1], Float32Array.of(1))])
    expect(() => ptq(model, seen, configuration('per-channel'))).toThrow(
      /^tensor "c.y": its range \[-3.0.+e\+38, 3.0.+e\+38\] is wider than float32 can say/,
    )
  })

  test('per channel each row of weights has its own scale; per tensor the small rows vanish', async () => {
    const seen = await observe(skewed(), IDENTITY, [X])
    const per = (granularity: 'per-tensor' | 'per-channel'): Float32Array => {
      const { weight, qparams } = ptq(skewed(), seen, configuration(granularity)).weights.get('c')!
      return dequantize(weight, qparams).data
    }
    expect(per('per-channel')[0]).toBeCloseTo(0.001, 6)
    expect(per('per-channel')[1]).toBeCloseTo(0.0005, 5)
    expect(Array.from(per('per-tensor').slice(0, 2))).toEqual([0, 0])
    expect(per('per-tensor')[2]).toBeCloseTo(1, 6)
  })

  test('the tensor between a layer and its fused Relu has no scale, the one behind it has', async () => {
    const { activations } = ptq(
      skewed(),
      await observe(skewed(), IDENTITY, [X]),
      configuration('per-channel'),
    )
    expect([...activations.keys()]).toEqual(['x', 'r.y'])
    // A Relu's output begins at 0: affine int8 spends no level below it.
    expect(activations.get('r.y')!.zeroPoint[0]).toBe(-128)
  })

  test('ops that only move integers keep the grid of their input', async () => {
    const build = new GraphBuilder()
    build.flatten('flat', build.conv('c', 'x', [2, 2, 1, 1]))
    const model = modelOf(build.graph([2, 1, 1]))
    const { activations } = ptq(model, await observe(model, IDENTITY, [X]), configuration('per-channel'))
    expect(activations.get('flat.y')).toBe(activations.get('c.y'))
  })

  test('a dead channel keeps its bias, and one that all but vanishes does not overflow int32', async () => {
    const data = Float32Array.of(0, 0, 1e-12, 1e-12, 1, 1)
    const build = new GraphBuilder()
    build.conv('c', 'x', [3, 2, 1, 1], { data, bias: Float32Array.of(0.3, -0.7, 0.1) })
    const model = modelOf(build.graph([2, 1, 1]))
    const { activations, weights } = ptq(
      model,
      await observe(model, IDENTITY, [X]),
      configuration('per-channel'),
    )
    const { bias, qparams } = weights.get('c')!
    const real = Array.from(bias, (q, m) => q * activations.get('x')!.scale[0] * qparams.scale[m])
    for (const [m, want] of [0.3, -0.7, 0.1].entries()) expect(Math.abs(real[m] - want)).toBeLessThan(1e-4)
  })

  test('a weight that is not finite is named with its layer', async () => {
    const build = new GraphBuilder()
    build.conv('broken', 'x', [1, 2, 1, 1], { data: Float32Array.of(1, NaN) })
    const model = modelOf(build.graph([2, 1, 1]))
    const seen = new Map((await observe(skewed(), IDENTITY, [X])).entries()).set(
      'broken.y',
      (await observe(skewed(), IDENTITY, [X])).get('x')!,
    )
    expect(() => ptq(model, seen, configuration('per-channel'))).toThrow(
      'weights of layer "broken": element 1 is NaN',
    )
  })

  test('a tensor that calibration did not see is named', async () => {
    expect(() => ptq(skewed(), new Map(), configuration('per-tensor'))).toThrow(
      'tensor "x" was not seen during calibration',
    )
  })

  test('an unknown calibration names the known ones', async () => {
    const seen = await observe(skewed(), IDENTITY, [X])
    expect(() => ptq(skewed(), seen, configuration('per-tensor', { calibration: 'magic' }))).toThrow(
      'there is no calibration "magic"',
    )
  })
})
