import { isDeepStrictEqual } from 'node:util'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { magnitudes, mergeHistograms, outline, type Histogram } from '../../src/calibrate/histogram.ts'
import { mergeObservations, type Observation } from '../../src/calibrate/observation.ts'
import { Observer } from '../../src/calibrate/observer.ts'

function observationOf(...batches: Float32Array[]): Observation {
  const observer = new Observer('t')
  for (const batch of batches) observer.observe(batch)
  return observer.observation
}

const histogramOf = (...x: number[]): Histogram => observationOf(Float32Array.from(x)).histogram

/** Whether all that must not depend on how the data came has the same bits. */
function sameBits(a: Observation, b: Observation): boolean {
  return isDeepStrictEqual(
    { ...a, movingAverage: null, ends: null },
    { ...b, movingAverage: null, ends: null },
  )
}

/** Values over the whole exponent range, with zeros and non-finite ones among them. */
const anyFloats = fc.array(fc.oneof(fc.float(), fc.float({ min: -8, max: 8 }), fc.constantFrom(0, -0)), {
  maxLength: 60,
})
const float32s = (x: readonly number[]): Float32Array => Float32Array.from(x)

describe('the shared histogram', () => {
  test('has a power-of-two width that puts the largest magnitude in the upper half of 4096 bins', () => {
    expect(histogramOf(4096).exponent).toBe(1)
    expect(histogramOf(4095.9).exponent).toBe(0)
    expect(histogramOf(-2048).exponent).toBe(0)
    expect(histogramOf(1, -(2 ** -149)).negative).toEqual(Float64Array.of(1))
    expect(histogramOf(2 ** -149).positive.length).toBe(2049)
    expect(histogramOf(3e38).positive.length).toBeGreaterThan(2048)
  })

  test('counts by sign and magnitude, zeros of both signs apart', () => {
    const { positive, negative, zeros, exponent } = histogramOf(0, -0, 2048, 1.5, -1, -0.999, -2.5, 0.25)
    expect([exponent, zeros]).toEqual([0, 2])
    expect([...negative]).toEqual([1, 1, 1])
    expect([positive[0], positive[1], positive[2048]]).toEqual([1, 1, 1])
  })

  test('gives the same bits for every order, split and merge of the data', () => {
    fc.assert(
      fc.property(anyFloats, anyFloats, anyFloats, (a, b, c) => {
        const once = observationOf(float32s([...a, ...b, ...c]))
        const [x, y, z] = [a, b, c].map((part) => observationOf(float32s(part)))
        expect(sameBits(observationOf(float32s(c), float32s(a), float32s(b)), once)).toBe(true)
        expect(sameBits(observationOf(float32s([...c, ...b, ...a].toReversed())), once)).toBe(true)
        expect(sameBits(mergeObservations(mergeObservations(x, y), z), once)).toBe(true)
        expect(sameBits(mergeObservations(x, mergeObservations(z, y)), once)).toBe(true)
      }),
      { numRuns: process.env['OCTET_TESTS'] === 'long' ? 300 : 100 },
    )
  })

  test('gives the same bits for every split of a batch that is longer than one block', () => {
    const x = Float32Array.from({ length: 20_000 }, (_, i) => Math.sin(i) * 1.001 ** (i % 9000))
    const once = observationOf(x)
    for (const cut of [1, 4095, 4096, 4097, 19_999])
      expect(sameBits(observationOf(x.subarray(cut), x.subarray(0, cut)), once)).toBe(true)
    expect(once.count).toBe(20_000)
  })

  test('every finite value is in exactly one bin, or among the zeros', () => {
    fc.assert(
      fc.property(anyFloats, (x) => {
        const { histogram, count } = observationOf(float32s(x))
        const finite = x.filter(Number.isFinite)
        expect(count).toBe(finite.length)
        const { positive, negative, zeros, exponent } = histogram
        expect(zeros).toBe(finite.filter((value) => value === 0).length)
        for (const [side, sign] of [
          [positive, 1],
          [negative, -1],
        ] as const) {
          const bins = finite.flatMap((value) =>
            value * sign > 0 ? [Math.floor(Math.abs(value) / 2 ** exponent)] : [],
          )
          const counts = Float64Array.from(side, (_, bin) => bins.filter((one) => one === bin).length)
          expect(bins.every((bin) => bin < side.length)).toBe(true)
          expect(isDeepStrictEqual(side, counts)).toBe(true)
        }
      }),
      { numRuns: 50 },
    )
  })

  test('takes no more memory for more data', () => {
    const observer = new Observer('t')
    for (let batch = 0; batch < 50; batch++)
      observer.observe(Float32Array.from({ length: 1000 }, (_, i) => (i - 500) * 1.5 ** batch))
    const { positive, negative } = observer.observation.histogram
    expect(Math.max(positive.length, negative.length)).toBeLessThanOrEqual(4096)
  })

  test('magnitudes are the sum of both sides', () => {
    const both = magnitudes(histogramOf(2048, -1.5, 1.25, 0))
    expect([both[0], both[1], both[2048]]).toEqual([0, 2, 1])
  })

  test('a snapshot does not change with what comes later', () => {
    const observer = new Observer('t')
    observer.observe(Float32Array.of(1, 2))
    const before = observer.observation
    const copy = structuredClone(before)
    observer.observe(Float32Array.of(1e9, -3, NaN))
    expect(before).toEqual(copy)
  })
})

describe('an outline', () => {
  test('keeps every count while it joins bins', () => {
    fc.assert(
      fc.property(anyFloats, fc.integer({ min: 4, max: 300 }), (x, most) => {
        const { histogram, count } = observationOf(float32s(x))
        const { counts, lo, width } = outline(histogram, most)
        expect(counts.length).toBeLessThanOrEqual(most)
        expect(counts.reduce((sum, one) => sum + one, 0)).toBe(count)
        expect(Number.isInteger(lo / width)).toBe(true)
      }),
    )
  })

  test('runs from the lowest to the highest value with zero on an edge', () => {
    const drawn = outline(histogramOf(-1000, 0, 0, 3072), 8)
    expect(drawn).toEqual({ lo: -1024, width: 1024, counts: Float64Array.of(1, 2, 0, 0, 1) })
  })
})

describe('merging', () => {
  test('with an empty histogram changes nothing', () => {
    const some = histogramOf(1, -2, 0, 1e-30)
    expect(mergeHistograms(some, histogramOf())).toEqual(some)
    expect(mergeHistograms(histogramOf(), some)).toEqual(some)
  })
})
