import { readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Observer } from '../../src/calibrate/observer.ts'
import { percentile } from '../../src/calibrate/percentile.ts'
import { calibrator, CALIBRATIONS, CALIBRATORS } from '../../src/calibrate/registry.ts'
import { OctetError } from '../../src/error.ts'
import { AFFINE_INT8, SYMMETRIC_INT8, type QuantScheme, type Range } from '../../src/numerics/qparams.ts'

const KNOWN = [
  ...new Set([...CALIBRATIONS, ...CALIBRATORS.flatMap((one) => ('member' in one ? [] : one.id))]),
]
const SCHEMES: QuantScheme[] = [AFFINE_INT8, SYMMETRIC_INT8, { ...AFFINE_INT8, bits: 4 }]

function observe(...batches: Float32Array[]) {
  const observer = new Observer('conv1')
  for (const batch of batches) observer.observe(batch)
  return observer.observation
}

const rangeBy = (id: string, x: Float32Array, scheme = AFFINE_INT8): Range =>
  calibrator(id).range(observe(x), scheme)

/** A bell of `n` values with deterministic noise; wide enough in the tails to make clipping worth while. */
function bell(n: number): Float32Array {
  let state = 7
  const uniform = (): number => (state = (state * 48271) % 2147483647) / 2147483647
  return Float32Array.from(
    { length: n },
    () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()),
  )
}

function squaredError(x: Float32Array, { min, max }: Range): number {
  const scale = (max - min) / 255
  const zeroPoint = Math.round(-128 - min / scale)
  let sum = 0
  for (const value of x) {
    const q = Math.min(127, Math.max(-128, Math.round(value / scale) + zeroPoint))
    sum += (value - (q - zeroPoint) * scale) ** 2
  }
  return sum
}

describe('every calibrator', () => {
  const batches = fc.array(
    fc.array(fc.oneof(fc.float(), fc.float({ min: -4, max: 4 }), fc.constant(0)), {
      minLength: 1,
      maxLength: 30,
    }),
    { minLength: 1, maxLength: 3 },
  )

  test.each(KNOWN)('%s gives a range with 0 inside, within what was observed', (id) => {
    fc.assert(
      fc.property(batches, fc.constantFrom(...SCHEMES), (batches, scheme) => {
        fc.pre(batches.flat().some(Number.isFinite))
        const observation = observe(...batches.map((batch) => Float32Array.from(batch)))
        const { min, max } = calibrator(id).range(observation, scheme)
        expect(min).toBeLessThanOrEqual(0)
        expect(max).toBeGreaterThanOrEqual(0)
        expect(min).toBeGreaterThanOrEqual(Math.min(0, observation.range!.min))
        expect(max).toBeLessThanOrEqual(Math.max(0, observation.range!.max))
        expect(Object.is(min, -0) || Object.is(max, -0)).toBe(false)
      }),
      { numRuns: 25 },
    )
  })

  test.each(KNOWN)('%s gives [0, 0] to a tensor of zeros', (id) => {
    expect(rangeBy(id, new Float32Array(10))).toEqual({ min: 0, max: 0 })
  })

  test.each(KNOWN)('%s names the tensor when it held nothing finite', (id) => {
    expect(() => calibrator(id).range(observe(), AFFINE_INT8)).toThrow(
      'tensor "conv1" has no calibration values',
    )
    const nothing = observe(Float32Array.of(NaN, Infinity))
    expect(() => calibrator(id).range(nothing, AFFINE_INT8)).toThrow(OctetError)
    expect(() => calibrator(id).range(nothing, AFFINE_INT8)).toThrow(
      /held no finite value.*\(1 NaN, 1 infinite\)/,
    )
  })

  test.each(KNOWN.filter((id) => !calibrator(id).traits.dependsOnOrder))(
    '%s does not mind the order or size of batches',
    (id) => {
      const x = bell(5000)
      const pieces = [x.subarray(3000), x.subarray(0, 17), x.subarray(17, 3000)]
      expect(calibrator(id).range(observe(...pieces), AFFINE_INT8)).toEqual(rangeBy(id, x))
    },
  )

  test('leaves the observation as it was', () => {
    const observation = observe(bell(3000))
    const before = structuredClone(observation)
    for (const id of KNOWN) for (const scheme of SCHEMES) calibrator(id).range(observation, scheme)
    expect(observation).toEqual(before)
  })
})

describe('the registry', () => {
  test('knows any percentile, and either edge of its bin', () => {
    for (const id of [
      ...KNOWN,
      'percentile-50',
      'percentile-99.95',
      'percentile-100',
      'percentile-99.9-lower',
    ])
      expect(calibrator(id).id).toBe(id)
  })

  test('names what there is when asked for what is not', () => {
    for (const id of ['kl', 'percentile-0', 'percentile-101', 'percentile-', 'percentile-99.9-upper', ''])
      expect(() => calibrator(id)).toThrow(OctetError)
    let error: unknown
    try {
      calibrator('kl')
    } catch (caught) {
      error = caught
    }
    expect((error as OctetError).message).toBe('there is no calibration "kl"')
    expect((error as OctetError).mend).toContain('entropy, mse, auto, histogram-l2')
    expect((error as OctetError).mend).toContain(', or percentile-P with 0 < P <= 100')
  })

  test('is what the docs say', () => {
    const text = readFileSync(new URL('../../../../docs/numerics.md', import.meta.url), 'utf8')
    const table = /^\| strategy .*\n(?:\|.*\n)+/m.exec(text)![0]
    const rows = table
      .trim()
      .split('\n')
      .slice(2)
      .map((row) =>
        row
          .slice(1, -1)
          .split('|')
          .map((cell) => cell.trim()),
      )
    expect(rows).toEqual(
      CALIBRATORS.map(({ id, traits: { summary, cost, dependsOnOrder, sweep } }) => [
        `\`${id}\``,
        summary,
        cost,
        dependsOnOrder ? 'yes' : 'no',
        sweep.map((one) => `\`${one}\``).join(', ') || 'none',
      ]),
    )
  })

  test('has a strategy in its own default sweep, by an id that leads back to it', () => {
    for (const { traits } of CALIBRATORS)
      for (const id of traits.sweep) expect(calibrator(id).traits).toBe(traits)
  })
})

describe('percentile', () => {
  const ramp = Float32Array.from({ length: 1000 }, (_, i) => i + 1)

  test('cuts where the share of magnitudes reaches it', () => {
    // 1000 is in the upper half of 4096 bins of width 1/4.
    expect(rangeBy('percentile-90', ramp)).toEqual({ min: 0, max: 900.25 })
    expect(rangeBy('percentile-90-lower', ramp)).toEqual({ min: 0, max: 900 })
    expect(
      rangeBy(
        'percentile-90',
        ramp.map((x) => -x),
      ),
    ).toEqual({ min: -900.25, max: 0 })
  })

  test('cuts both sides of a signed tensor at one magnitude', () => {
    const x = Float32Array.of(...ramp, -10, -2000)
    // The 1000th of 1002 magnitudes is 999, in a bin that ends at 999.5.
    expect(percentile(99.8).range(observe(x), AFFINE_INT8)).toEqual({ min: -999.5, max: 999.5 })
  })

  test('counts exact zeros as magnitudes', () => {
    const halfZeros = Float32Array.of(...ramp, ...new Float32Array(1000))
    expect(rangeBy('percentile-95', halfZeros)).toEqual({ min: 0, max: 900.25 })
    expect(rangeBy('percentile-50', halfZeros).max).toBeLessThanOrEqual(0.25)
  })

  test('of 100 is min-max', () => {
    const x = bell(1000)
    expect(rangeBy('percentile-100', x)).toEqual(rangeBy('minmax', x))
  })
})

describe('mse', () => {
  test('errs less than min-max and than any common shrink, where there are outliers', () => {
    const x = Float32Array.of(...bell(20_000), 40, -25)
    const chosen = rangeBy('mse', x)
    const error = squaredError(x, chosen)
    expect(error).toBeLessThan(squaredError(x, rangeBy('minmax', x)))
    for (let k = 1; k <= 100; k++)
      expect(error).toBeLessThan(1.01 * squaredError(x, { min: (-25 * k) / 100, max: (40 * k) / 100 }))
  })

  test('does not clip what is spread evenly', () => {
    const even = Float32Array.from({ length: 10_000 }, (_, i) => i / 10_000)
    expect(rangeBy('mse', even).max).toBeGreaterThan(0.98)
  })

  test('clips more with four bits than with eight', () => {
    const x = bell(20_000)
    for (const scheme of [AFFINE_INT8, SYMMETRIC_INT8])
      expect(rangeBy('mse', x, { ...scheme, bits: 4 }).max).toBeLessThan(rangeBy('mse', x, scheme).max)
  })
})

describe('entropy', () => {
  test('clips lone outliers of a bell', () => {
    const x = Float32Array.of(...bell(50_000), 30)
    const { min, max } = rangeBy('entropy', x)
    expect(max).toBeLessThan(15)
    expect(max).toBeGreaterThan(2)
    expect(min).toBeLessThan(-2)
  })

  test('is not moved by how many exact zeros there are', () => {
    const x = bell(20_000).map(Math.abs)
    expect(rangeBy('entropy', Float32Array.of(...x, ...new Float32Array(30_000)))).toEqual(
      rangeBy('entropy', x),
    )
  })
})
