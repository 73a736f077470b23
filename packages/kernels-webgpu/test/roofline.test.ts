import type { Timing } from '@octet/core'
import { describe, expect, test } from 'vitest'
import { peakOf, probesFor } from '../src/roofline/roofline.ts'
import { adapters, open } from './adapters.ts'
import { faultsOf, NVIDIA } from './null-device.ts'
import { LONG } from './tier.ts'

const PROBE = { unit: 'f32', by: 'so many chains', work: 1000 } as const

/** A clock for work that takes `ns` an iteration on top of `overhead`. */
function clock(ns: (iterations: number) => number): (iterations: number, repeats: number) => Promise<Timing> {
  return async (iterations, repeats) => ({
    clock: 'gpu',
    ns: Array.from({ length: repeats }, () => ns(iterations)),
  })
}

describe('the peak of a probe', () => {
  test('is its work by its time, in billions a second', async () => {
    expect(
      await peakOf(
        PROBE,
        clock((iterations) => 40 * iterations),
      ),
    ).toEqual({
      unit: 'f32',
      rate: 25,
      by: 'so many chains',
      clock: 'gpu',
    })
  })

  test('is found though the start of a run takes a while', async () => {
    const peak = await peakOf(
      PROBE,
      clock((iterations) => 1e5 + 40 * iterations),
    )
    expect(peak?.rate).toBeGreaterThan(24)
    expect(peak?.rate).toBeLessThan(25)
  })

  test('is not told of work that a compiler folded away', async () => {
    expect(
      await peakOf(
        PROBE,
        clock(() => 5000),
      ),
    ).toBeUndefined()
    expect(
      await peakOf(
        PROBE,
        clock(() => 30e6),
      ),
    ).toBeUndefined()
    expect(
      await peakOf(
        PROBE,
        clock((iterations) => 1e6 * Math.sqrt(iterations)),
      ),
    ).toBeUndefined()
  })
})

test('every probe for a GPU with matrix units is valid WGSL', async () => {
  const units = new Set<string>()
  for (const { unit, by, code } of probesFor(NVIDIA)) {
    expect(await faultsOf(code), `${unit}: ${by}`).toEqual([])
    units.add(unit)
  }
  expect([...units]).toEqual(['f32', 'f16', 'dot4', 'subgroup-matrix f16', 'subgroup-matrix int8', 'copy'])
})

// A CPU adapter takes seconds to time each rate.
test.skipIf(adapters.length === 0 || !LONG)(
  'an adapter has peak rates in the units that it has features for (in the long tier)',
  async () => {
    const [{ id, features }] = adapters
    const device = await open(id)
    const peaks = await device.roofline?.()
    await device.dispose()
    for (const { unit, rate, by } of peaks ?? []) {
      expect(rate, by).toBeGreaterThan(0)
      if (unit === 'f16') expect(features).toContain('shader-f16')
      if (unit.startsWith('subgroup-matrix'))
        expect(features).toContain('chromium-experimental-subgroup-matrix')
    }
    expect(new Set(peaks?.map(({ unit }) => unit)).size).toBe(peaks?.length)
  },
)
