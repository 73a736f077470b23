import { isDeepStrictEqual } from 'node:util'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Observation } from '../../src/calibrate/observation.ts'
import type { Model } from '../../src/model/layers.ts'
import type { Grids } from '../../src/model/quantized.ts'
import { AFFINE_INT8, SYMMETRIC_INT8 } from '../../src/numerics/index.ts'
import { Calibration } from '../../src/quantize/calibration.ts'
import { ptq } from '../../src/quantize/ptq.ts'
import { sqnrDb } from '../../src/sensitivity/fidelity.ts'
import { calibrationCurve, observeGrowing, type CurveSubject } from '../../src/sufficiency/curve.ts'
import { drawOf, sizesOf } from '../../src/sufficiency/draw.ts'
import { elements, tensor, type Tensor } from '../../src/tensor/tensor.ts'
import { chain, IDENTITY, outputOf, samples } from '../quantize/nets.ts'

const weights = { ...SYMMETRIC_INT8, granularity: 'per-channel' } as const
const grids = (calibration: string): Grids => ({ calibration, activations: AFFINE_INT8, weights })

function at({ shape, data }: Tensor<'float32'>, rows: Int32Array): Tensor<'float32'> {
  const each = shape.slice(1)
  const size = elements(each)
  const chosen = tensor('float32', [rows.length, ...each])
  rows.forEach((row, i) => chosen.data.set(data.subarray(row * size, (row + 1) * size), i * size))
  return chosen
}

async function subjectOf(model: Model, x: Tensor<'float32'>): Promise<CurveSubject> {
  const { observations } = await new Calibration(model, IDENTITY, [x]).calibrated()
  const count = x.shape[0]
  return { model, normalizer: IDENTITY, observations, count, at: (rows) => at(x, rows), batch: 8 }
}

describe('sizes and draws', () => {
  test('sizes double up to all the samples, rounded down', () => {
    expect(sizesOf(100)).toEqual([6, 12, 25, 50, 100])
    expect(sizesOf(2)).toEqual([2])
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 1, max: 20 }), (count, least) => {
        const sizes = sizesOf(count, least)
        expect(sizes.at(-1)).toBe(count)
        for (let i = 1; i < sizes.length; i++) {
          expect(sizes[i - 1]).toBe(Math.floor(sizes[i] / 2))
          expect(sizes[i - 1]).toBeGreaterThanOrEqual(least)
        }
      }),
    )
  })

  test('a draw has every sample once, and another seed or draw another order', () => {
    expect(drawOf(50, 1, 0).toSorted()).toEqual(Int32Array.from({ length: 50 }, (_, i) => i))
    expect(drawOf(50, 1, 0)).toEqual(drawOf(50, 1, 0))
    expect(drawOf(50, 1, 0)).not.toEqual(drawOf(50, 1, 1))
    expect(drawOf(50, 1, 0)).not.toEqual(drawOf(50, 2, 0))
  })
})

describe('a draw as it grows', () => {
  test('holds what a pass over its samples holds, and at full size quantizes as that pass, to the bit', async () => {
    const [model, x] = [chain(), samples([24, 3, 8, 8])]
    const subject = await subjectOf(model, x)
    const rows = drawOf(24, 3, 0)
    const grown: ReadonlyMap<string, Observation>[] = []
    for await (const seen of observeGrowing(subject, rows, [6, 24])) grown.push(seen)
    const [six, all] = grown
    const alone = await new Calibration(model, IDENTITY, [at(x, rows.subarray(0, 6))]).calibrated()
    for (const calibration of ['minmax', 'percentile-99.9', 'mse', 'entropy', 'auto']) {
      const ordinary = await new Calibration(model, IDENTITY, [x]).quantize(grids(calibration))
      expect(isDeepStrictEqual(ptq(model, all, grids(calibration)).activations, ordinary.activations)).toBe(
        true,
      )
      const small = ptq(model, alone.observations, grids(calibration))
      expect(isDeepStrictEqual(ptq(model, six, grids(calibration)).activations, small.activations)).toBe(true)
    }
  })
})

describe('the curve of calibration', () => {
  test('ends in what the ordinary calibration gives, and comes nearer to it as samples are added', async () => {
    const [model, x, fresh] = [chain(), samples([32, 3, 8, 8]), samples([4, 3, 8, 8], 2)]
    const float = await outputOf({ precision: 'fp32', model }, fresh)
    const subject = await subjectOf(model, x)
    let judged = 0
    const [curve, other] = await calibrationCurve(
      subject,
      [grids('minmax'), grids('percentile-99.9')],
      async (quantized) => ({ sqnrDb: sqnrDb(float, await outputOf(quantized, fresh)) }),
      { draws: 3, seed: 1, onJudged: () => judged++ },
    )
    expect([curve.calibration, other.calibration]).toEqual(['minmax', 'percentile-99.9'])
    expect(curve.points.map((point) => point.samples)).toEqual([4, 8, 16, 32])
    expect(judged).toBe(2 * (1 + 3 * 3))
    const ordinary = await new Calibration(model, IDENTITY, [x]).quantize(grids('minmax'))
    const whole = curve.points.at(-1)!
    expect(whole.sqnrDb!.value).toBe(sqnrDb(float, await outputOf(ordinary, fresh)))
    expect(whole.loss).toBeNull()
    const width = ([lo, hi]: readonly [number, number]): number => hi - lo
    expect(width(curve.points[0].sqnrDb!.ci95)).toBeGreaterThan(width(whole.sqnrDb!.ci95))
    for (const { sqnrDb: spread } of curve.points) {
      expect(spread!.ci95[0]).toBeLessThanOrEqual(spread!.value)
      expect(spread!.ci95[1]).toBeGreaterThanOrEqual(spread!.value)
    }
  })

  test('is refused with samples that cannot be halved', async () => {
    const subject = await subjectOf(chain(), samples([5, 3, 8, 8]))
    const curve = calibrationCurve(subject, [grids('minmax')], async () => ({ sqnrDb: 1 }), {
      draws: 2,
      seed: 1,
    })
    await expect(curve).rejects.toThrow('5 calibration samples are too few to be halved')
  })
})
