import {
  dequantize,
  quantizeBias,
  SYMMETRIC_INT8,
  tensor,
  weightGrid,
  type QParams,
  type Surroundings,
  type WeightedLayer,
  type Weights,
} from '@octet/core'
import { describe, expect, test } from 'vitest'
import { sumsOf } from '../../../core/src/model/quantized.ts'
import { affineQParams, LARGEST_SUM } from '../../../core/src/numerics/index.ts'
import { LayerWeights } from '../../src/qat/layer-weights.ts'

function activation(min: number, max: number): QParams {
  const { scale, zeroPoint } = affineQParams({ min, max }, { qmin: -128, qmax: 127 })
  return {
    qmin: -128,
    qmax: 127,
    axis: null,
    scale: Float32Array.of(scale),
    zeroPoint: Int32Array.of(zeroPoint),
  }
}

describe('weights in training', () => {
  const surroundings: Surroundings = { input: activation(-1, 1), output: activation(-1, 1) }
  const weights: Weights = {
    weight: tensor('float32', [2, 3], Float32Array.of(1e-7, -1e-7, 5e-8, 1, 0.5, -1)),
    bias: Float32Array.of(40, 0.1),
  }

  test.each([true, false])('have room for their sums at every step, learned scales: %s', (learned) => {
    const start = weightGrid('fc', weights, surroundings.input, {
      ...SYMMETRIC_INT8,
      granularity: 'per-channel',
    })
    const trained = new LayerWeights({ name: 'fc' } as WeightedLayer, weights, undefined, {
      scheme: { ...SYMMETRIC_INT8, granularity: 'per-channel' },
      start,
      learned,
    })
    for (const observing of [true, false]) {
      trained.observing = observing && !learned
      trained.prepare(surroundings, 'train')
      expect(trained.bias.data[0]).toBeCloseTo(40, 3)
      const made = trained.integers(surroundings)
      expect(Math.max(...sumsOf(made, surroundings.input))).toBeLessThanOrEqual(LARGEST_SUM)
      expect(made.qparams.scale[1]).toBeCloseTo(start.scale[1], 8)
      expect(made.bias).toEqual(quantizeBias(weights.bias, surroundings.input.scale[0], made.qparams.scale))
      // Frozen or learned, the grid gives way to a bias that has grown.
      trained.own.bias.data[0] = 400
      trained.prepare(surroundings, 'train')
      expect(trained.bias.data[0]).toBeCloseTo(400, 2)
      trained.own.bias.data[0] = 40
    }
    expect(
      dequantize(trained.integers(surroundings).weight, trained.integers(surroundings).qparams).data[3],
    ).toBeCloseTo(1, 2)
  })
})
