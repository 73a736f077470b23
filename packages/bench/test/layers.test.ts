import { AFFINE_INT8, modelOf, observe, ptq, SYMMETRIC_INT8, tensor } from '@octet/core'
import { Random } from '@octet/core/statistics'
import { GraphBuilder } from '@octet/train'
import type { Layer } from '@octet/results'
import { expect, test } from 'vitest'
import { describeLayers } from '../src/sweep/layers.ts'

const NORMALIZER = { offset: Float32Array.of(0), scale: Float32Array.of(1) }
const SIZE = 6
const SAMPLES = 40

/** A conv, a pool, a dense layer; inputs uniform in [-1, 1) with one outlier of 8. */
async function layers(...calibrations: string[]): Promise<Layer[]> {
  const graph = new GraphBuilder('net', [1, SIZE, SIZE], 1)
    .conv(3, { kernel: 3, pad: 1 })
    .relu()
    .maxPool({ kernel: 2 })
    .flatten()
    .gemm(4)
    .graph()
  const model = modelOf(graph)
  const random = new Random(2)
  const x = Float32Array.from({ length: SAMPLES * SIZE * SIZE }, () => random.uniform() * 2 - 1)
  x[17] = 8
  const observations = await observe(model, NORMALIZER, [tensor('float32', [SAMPLES, 1, SIZE, SIZE], x)])
  const weights = { ...SYMMETRIC_INT8, granularity: 'per-tensor' } as const
  const quantized = ptq(model, observations, { calibration: 'minmax', activations: AFFINE_INT8, weights })
  const seen = { calibration: { tensors: observations }, evaluation: { tensors: observations } }
  return describeLayers('net', quantized, seen, calibrations, AFFINE_INT8)
}

test('tensors with a grid of their own are described, those that keep another one not', async () => {
  const described = await layers('minmax')
  expect(described).toHaveLength(3)
  expect(described[0]).toMatchObject({ workload: 'net', tensor: 'input' })
  expect(described[0].range[1]).toBe(8)
})

test('the sample at each end of a range is named', async () => {
  const [{ stretches, range }] = await layers('minmax')
  expect(stretches![0]).toMatchObject({ end: 'high', sample: 0, value: 8 })
  expect(stretches![0].without).toBeLessThan(1)
  expect(stretches![0].share).toBeCloseTo((8 - stretches![0].without!) / (8 - range[0]), 12)
})

test('a histogram holds every value observed', async () => {
  const [{ histogram, range }] = await layers('minmax')
  expect(histogram.counts.reduce((sum, count) => sum + count, 0)).toBe(SAMPLES * SIZE * SIZE)
  expect(histogram.lo).toBeLessThanOrEqual(range[0])
  expect(histogram.lo + histogram.width * histogram.counts.length).toBeGreaterThanOrEqual(range[1])
})

test('min-max clips nothing; a percentile that leaves the outlier out clips it alone and gains SQNR', async () => {
  const [{ perCalibration }] = await layers('minmax', 'percentile-99.9')
  const { minmax, 'percentile-99.9': percentile } = perCalibration
  expect(minmax.clipped).toBe(0)
  expect(percentile.clipped).toBeCloseTo(1 / (SAMPLES * SIZE * SIZE), 10)
  expect(percentile.scale).toBeLessThan(minmax.scale / 3)
  expect(percentile.usedLevels).toBeGreaterThan(minmax.usedLevels)
})

test('SQNR of a uniform tensor on a fine grid is the textbook 20 log10(2^8) dB, within 1 dB', async () => {
  const random = new Random(4)
  const graph = new GraphBuilder('net', [8], 1).gemm(2).graph()
  const model = modelOf(graph)
  const x = Float32Array.from({ length: 8 * 5000 }, () => random.uniform() * 2 - 1)
  const observations = await observe(model, NORMALIZER, [tensor('float32', [5000, 8], x)])
  const weights = { ...SYMMETRIC_INT8, granularity: 'per-tensor' } as const
  const quantized = ptq(model, observations, { calibration: 'minmax', activations: AFFINE_INT8, weights })
  const seen = { calibration: { tensors: observations }, evaluation: { tensors: new Map() } }
  const [input] = describeLayers('net', quantized, seen, ['minmax'], AFFINE_INT8)
  expect(input.perCalibration['minmax'].sqnrDb).toBeGreaterThan(47.2)
  expect(input.perCalibration['minmax'].sqnrDb).toBeLessThan(49.2)
  expect(input.perCalibration['minmax'].usedLevels).toBe(256)
})

test('a tensor carries its shift, its choice and why, its FP16 audit, and an interval around the scale', async () => {
  const [{ shift, chosen, fp16, perCalibration }] = await layers('percentile-99.9', 'mse', 'auto')
  expect(shift).toEqual({ ks: 0, wasserstein: 0, js: 0, psi: 0 })
  expect(chosen?.evidence.map(({ calibration }) => calibration)).toContain(chosen?.calibration)
  expect(fp16).toMatchObject({ verdict: 'fine', largest: 8 })
  const { scale, scaleInterval } = perCalibration['percentile-99.9']
  expect(scaleInterval![0]).toBeLessThanOrEqual(scale)
  expect(scaleInterval![1]).toBeGreaterThanOrEqual(scale)
  expect(perCalibration['mse'].scaleInterval).toBeNull()
  expect(perCalibration['percentile-99.9'].clipErrorShare).toBeGreaterThan(0.9)
})

test('auto is what was chosen', async () => {
  const [{ chosen, perCalibration }] = await layers('mse', 'auto', 'percentile-99.9', 'minmax')
  expect(perCalibration['auto']).toEqual(perCalibration[chosen!.calibration])
})
