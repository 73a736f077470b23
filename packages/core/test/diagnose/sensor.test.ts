import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { SensorObserver } from '../../src/diagnose/sensor.ts'
import { tensor, type Tensor } from '../../src/tensor/tensor.ts'
import { Random } from '../../src/statistics/random.ts'

type Raw = Tensor<'float32'>

function observe(...batches: readonly Raw[]) {
  const observer = new SensorObserver()
  for (const batch of batches) observer.observe(batch)
  return observer.observation
}

function random(n: number, seed: number): Raw {
  const stream = new Random(seed)
  return tensor(
    'float32',
    [n, 2, 3],
    Float32Array.from({ length: n * 6 }, () => stream.uniform()),
  )
}

function slice({ data }: Raw, from: number, to: number): Raw {
  return tensor('float32', [to - from, 2, 3], data.slice(from * 6, to * 6))
}

describe('the sensor observation', () => {
  test('reads each channel of each sample', () => {
    const { samples, channels } = observe(
      tensor('float32', [1, 2, 2], Float32Array.of(1, 3, -4, -4)),
      tensor('float32', [1, 2, 2], Float32Array.of(5, 5, 0, NaN)),
    )
    expect(samples).toBe(2)
    expect(channels.map(({ range }) => range)).toEqual([
      { min: 1, max: 5 },
      { min: -4, max: 0 },
    ])
    const byMean = channels[0].readings.toSorted((a, b) => a.mean - b.mean)
    expect(byMean).toEqual([
      { mean: 2, variance: 1, min: 1, max: 3 },
      { mean: 5, variance: 0, min: 5, max: 5 },
    ])
    expect(channels[1].readings.map(({ mean }) => mean).toSorted((a, b) => a - b)).toEqual([-4, 0])
  })

  test('does not mind how samples come in batches, or in what order', () => {
    for (const n of [3, 100, 1200]) {
      const all = random(n, n)
      const once = observe(all)
      fc.assert(
        fc.property(fc.integer({ min: 0, max: n }), fc.boolean(), (cut, swap) => {
          const parts = [slice(all, 0, cut), slice(all, cut, n)]
          expect(observe(...(swap ? parts.toReversed() : parts))).toEqual(once)
        }),
        { numRuns: 4 },
      )
    }
  })

  test('keeps the ends of all samples, and the readings of 256 of them', () => {
    const all = random(5000, 9)
    const { samples, channels } = observe(all)
    expect(samples).toBe(5000)
    for (const [channel, { range, readings }] of channels.entries()) {
      expect(readings.length).toBe(256)
      const values = all.data.filter((_, i) => Math.floor(i / 3) % 2 === channel)
      expect(range).toEqual({
        min: values.reduce((a, b) => Math.min(a, b)),
        max: values.reduce((a, b) => Math.max(a, b)),
      })
      const mean = readings.reduce((sum, reading) => sum + reading.mean, 0) / 256
      expect(Math.abs(mean - 0.5)).toBeLessThan(0.05)
    }
  })

  test('counts copies of a sample once among its readings', () => {
    const one = random(1, 4)
    const { samples, channels } = observe(one, one, one)
    expect([samples, channels[0].readings.length]).toEqual([3, 1])
  })

  test('passes batches on as it watches them', () => {
    const observer = new SensorObserver()
    const batches = [random(2, 1), random(3, 2)]
    expect([...observer.watch(batches)]).toEqual(batches)
    expect(observer.observation.samples).toBe(5)
  })

  test('takes samples of one value', () => {
    const { channels } = observe(tensor('float32', [3], Float32Array.of(1, 2, 4)))
    expect(channels.length).toBe(1)
    expect(channels[0].range).toEqual({ min: 1, max: 4 })
  })
})
