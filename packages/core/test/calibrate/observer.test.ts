import { isDeepStrictEqual } from 'node:util'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { movingAverage, type MovingAverage } from '../../src/calibrate/averaging.ts'
import { mergeObservations } from '../../src/calibrate/observation.ts'
import { Observer } from '../../src/calibrate/observer.ts'
import { rangesOf } from '../../src/calibrate/range.ts'
import { affineQParams, symmetricScale, TORCH_SCALE_FLOOR, type Range } from '../../src/numerics/qparams.ts'
import { tensor } from '../../src/tensor/tensor.ts'
import { goldenInputs, goldenTest, type GoldenTensor } from '../numerics/golden.ts'

function observe(...batches: number[][]): Observer {
  const observer = new Observer('t')
  for (const batch of batches) observer.observe(Float32Array.from(batch))
  return observer
}

const moved = (from: number, to: number): number =>
  Math.fround(from + Math.fround(Math.fround(0.01) * Math.fround(to - from)))

describe('an observer', () => {
  test('sees the same in a batch that comes in parts', () => {
    const value = fc.integer({ min: -9, max: 9 })
    fc.assert(
      fc.property(fc.array(fc.tuple(value, value), { minLength: 1 }), (samples) => {
        const [whole, divided] = [new Observer('t'), new Observer('t')]
        for (const batch of [samples, [[1, -2]]]) {
          whole.observe(Float32Array.from(batch.flat()), new Uint8Array(batch.length))
          for (const sample of batch) divided.observePart(Float32Array.from(sample), [0])
          divided.endBatch()
        }
        expect(isDeepStrictEqual(divided.observation, whole.observation)).toBe(true)
      }),
    )
  })

  test('counts what is not finite and lets none of it in', () => {
    const { observation } = observe([NaN, 1, Infinity, -2, -Infinity, Infinity, NaN, NaN], [NaN])
    expect(observation.nonFinite).toEqual({ nan: 4, positiveInfinity: 2, negativeInfinity: 1 })
    expect(observation.count).toBe(2)
    expect(observation.range).toEqual({ min: -2, max: 1 })
    expect(observation.movingAverage?.batches).toBe(1)
  })

  test('has no range before it has seen a finite value', () => {
    for (const observer of [observe(), observe([]), observe([NaN, Infinity])]) {
      expect(observer.observation.range).toBeNull()
      expect(observer.observation.movingAverage).toBeNull()
    }
  })

  test('keeps exact ends, not those of bins, and no negative zero', () => {
    const { observation } = observe([-0, 0.1], [0])
    expect(observation.range).toEqual({ min: 0, max: Math.fround(0.1) })
    expect(observe([-0]).observation.range).toEqual({ min: 0, max: 0 })
  })

  test('its moving average starts with the first batch and moves a hundredth of the way', () => {
    const { observation } = observe([-1, 1], [-2, 3])
    expect(observation.movingAverage?.range).toEqual({ min: moved(-1, -2), max: moved(1, 3) })
  })

  test('merges as if one had followed the other, the moving average to rounding', () => {
    const batch = fc.array(fc.float({ min: -100, max: 100, noNaN: true }), { minLength: 1, maxLength: 5 })
    const batches = fc.array(batch, { minLength: 1, maxLength: 6 })
    fc.assert(
      fc.property(batches, batches, (a, b) => {
        const merged = mergeObservations(observe(...a).observation, observe(...b).observation)
        const { movingAverage: expected } = observe(...a, ...b).observation
        expect(merged.movingAverage?.batches).toBe(a.length + b.length)
        expect(merged.movingAverage?.range.min).toBeCloseTo(expected!.range.min, 3)
        expect(merged.movingAverage?.range.max).toBeCloseTo(expected!.range.max, 3)
      }),
    )
  })
})

describe('ranges of channels', () => {
  test('are taken along the axis', () => {
    const x = tensor('float32', [2, 2, 2], Float32Array.of(1, 2, -3, 4, 5, 6, 7, -8))
    expect(rangesOf(x, 1)).toEqual([
      { min: 1, max: 6 },
      { min: -8, max: 7 },
    ])
    expect(rangesOf(x, null)).toEqual([{ min: -8, max: 7 }])
  })

  test('do not exist for values that are not finite, or for no values', () => {
    expect(() => rangesOf(tensor('float32', [2], Float32Array.of(1, NaN)), 0)).toThrow(/element 1 is NaN/)
    expect(() => rangesOf(tensor('float32', [0, 3]), null)).toThrow(/no range/)
  })
})

type Qparam = [scale: number, zeroPoint: number]

interface ObserverConfig {
  id: string
  scheme: 'affine' | 'symmetric'
  quant_min: number
  quant_max: number
  symmetric_zero_point: number | null
}

interface MinMaxVectors {
  configs: ObserverConfig[]
  cases: {
    distribution: string
    observer: string
    min_max_after_batch: [number, number][]
    qparams: Record<string, Qparam[]>
  }[]
}

function qparam(range: Range, config: ObserverConfig): Qparam {
  const limits = { qmin: config.quant_min, qmax: config.quant_max }
  const floor = { scaleFloor: TORCH_SCALE_FLOOR }
  if (config.scheme === 'symmetric')
    return [symmetricScale(range, limits, floor), config.symmetric_zero_point ?? 0]
  const { scale, zeroPoint } = affineQParams(range, limits, floor)
  return [scale, zeroPoint]
}

/** `moving_average_0.1` -> 0.1; `minmax` -> undefined. */
const averagingConstant = (observer: string): number | undefined =>
  observer === 'minmax' ? undefined : Number(observer.replace('moving_average_', ''))

goldenTest<MinMaxVectors>(
  'min-max and moving-average observers, batch by batch',
  'minmax_observers.json',
  ({ configs, cases }) => {
    const inputs = goldenInputs()
    const byId = new Map(configs.map((config) => [config.id, config]))
    for (const one of cases) {
      const observer = new Observer(one.distribution)
      const constant = averagingConstant(one.observer)
      let average: MovingAverage | null = null
      for (const [at, batch] of inputs.get(one.distribution)!.entries()) {
        observer.observe(batch.data)
        const { observation } = observer
        average = movingAverage(
          average,
          rangesOf(tensor('float32', batch.shape, batch.data), null)[0],
          constant,
        )
        if (constant === 0.01) expect(observation.movingAverage).toEqual(average)
        const range = constant === undefined ? observation.range! : average.range
        expect([range.min, range.max]).toEqual(one.min_max_after_batch[at])
        for (const [id, expected] of Object.entries(one.qparams))
          expect(qparam(range, byId.get(id)!), `${one.distribution} ${id}`).toEqual(expected[at])
      }
    }
  },
)

interface PerChannelVectors {
  cases: {
    distribution: string
    observer: string
    axis: number
    config: string
    quant_min: number
    quant_max: number
    scale: GoldenTensor<Float32Array>
    zero_point: number[]
  }[]
}

goldenTest<PerChannelVectors>('observers per channel', 'per_channel_observers.json', ({ cases }) => {
  const inputs = goldenInputs()
  for (const one of cases) {
    const constant = averagingConstant(one.observer)
    let averages: (MovingAverage | null)[] = Array.from(one.zero_point, () => null)
    let extremes: Range[] = []
    for (const batch of inputs.get(one.distribution)!) {
      const ranges = rangesOf(tensor('float32', batch.shape, batch.data), one.axis)
      averages = averages.map((average, channel) => movingAverage(average, ranges[channel], constant))
      extremes = ranges.map(({ min, max }, channel) => ({
        min: Math.min(min, extremes[channel]?.min ?? min),
        max: Math.max(max, extremes[channel]?.max ?? max),
      }))
    }
    const ranges = constant === undefined ? extremes : averages.map((average) => average!.range)
    const config: ObserverConfig = {
      id: one.config,
      scheme: one.config.includes('affine') ? 'affine' : 'symmetric',
      quant_min: one.quant_min,
      quant_max: one.quant_max,
      symmetric_zero_point: 0,
    }
    expect(
      ranges.map((range) => qparam(range, config)),
      `${one.distribution} ${one.observer} ${one.config}`,
    ).toEqual(Array.from(one.zero_point, (zeroPoint, channel) => [one.scale.data[channel], zeroPoint]))
  }
})

test('memory does not grow with the data: a million batches are held as a thousand are', () => {
  const batches = [1, 2, 3, 4].map((k) =>
    Float32Array.from({ length: 8 }, (_, i) => Math.sin(i + k) * 10 ** (k - 2)),
  )
  const sizes = [1_000, 1_000_000].map((count) => {
    const observer = new Observer('x')
    for (let i = 0; i < count; i++) observer.observe(batches[i % 4])
    const { histogram } = observer.observation
    return [histogram.positive.length, histogram.negative.length]
  })
  expect(sizes[1]).toEqual(sizes[0])
})
