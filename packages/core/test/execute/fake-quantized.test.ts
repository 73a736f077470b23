import { expect, test } from 'vitest'
import { compareFakeQuantized } from '../../src/execute/fake-quantized.ts'
import { observe } from '../../src/execute/observe.ts'
import { modelOf } from '../../src/model/layers.ts'
import { AFFINE_INT8, SYMMETRIC_INT8 } from '../../src/numerics/index.ts'
import { ptq } from '../../src/quantize/ptq.ts'
import { tensor } from '../../src/tensor/tensor.ts'
import { Random } from '../../src/statistics/random.ts'
import { GraphBuilder } from '../model/graphs.ts'

const IDENTITY = { offset: Float32Array.of(0), scale: Float32Array.of(1) }

function samples(count: number, seed: number) {
  const random = new Random(seed)
  return tensor(
    'float32',
    [count, 3, 8, 8],
    Float32Array.from({ length: count * 192 }, () => random.uniform() * 2 - 1),
  )
}

test.each([8, 4] as const)(
  'fake-quantized layers give the integers, but for ties by one step (%i-bit weights)',
  async (bits) => {
    const build = new GraphBuilder(3)
    const stem = build.relu(
      'r',
      build.conv('stem', 'x', [8, 3, 3, 3], { pads: [1, 1, 1, 1], bias: 'random' }),
    )
    const branch = build.conv('dw', stem, [8, 1, 3, 3], { pads: [1, 1, 1, 1], group: 8 })
    const sum = build.add({
      op: 'Add',
      name: 'sum',
      inputs: [stem, branch],
      output: 'sum.y',
      attributes: null,
    })
    const pooled = build.add({
      op: 'GlobalAveragePool',
      name: 'pool',
      inputs: [sum],
      output: 'pool.y',
      attributes: null,
    })
    build.gemm('fc', build.flatten('flat', pooled), 5, 8)
    const model = modelOf(build.graph([3, 8, 8]))
    const seen = await observe(model, IDENTITY, [samples(16, 1)])
    const weights = { ...SYMMETRIC_INT8, bits, granularity: 'per-channel' as const }
    const quantized = ptq(model, seen, { calibration: 'minmax', activations: AFFINE_INT8, weights })
    const agreements = compareFakeQuantized(quantized, IDENTITY, samples(32, 2))
    expect(agreements.map(({ tensor }) => tensor)).toEqual([
      'x',
      'r.y',
      'dw.y',
      'sum.y',
      'pool.y',
      'flat.y',
      'fc.y',
    ])
    for (const { values, differing, worst } of agreements) {
      expect(worst).toBeLessThanOrEqual(1)
      expect(differing / values).toBeLessThan(1e-3)
    }
  },
)
