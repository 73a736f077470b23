import { setTimeout as sleep } from 'node:timers/promises'
import { load, lower, modelOf, openReference, type Program, tensor } from '@octet/core'
import { type Profile, STAGES } from '@octet/results'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ascend, StepTimer } from '../src/profile/layers.ts'
import { profileOf, type Profiled } from '../src/profile/profile.ts'
import { idealEnergy, profilesFor, slowestLayers, STAGE_COLUMNS } from '../src/show/profile.ts'
import { render } from '../src/show/rows.ts'
import { GRAPH } from './folder.ts'
import { run } from './made-run.ts'

const SAMPLE = tensor('float32', [1, 3], Float32Array.of(1, 2, 3))
const NORMALIZER = { offset: Float32Array.of(0), scale: Float32Array.of(1) }

function program(): Program {
  return lower({ precision: 'fp32', model: modelOf(GRAPH) }, { batch: 1, normalizer: NORMALIZER })
}

/** A program on the reference, of which each step takes as long as is said, but for rounds that are disturbed. */
async function timedAt(
  each: readonly number[],
  disturbed: (round: number) => number,
  joinedNs?: number,
): Promise<StepTimer> {
  const execution = await load(program(), openReference())
  let calls = 0
  const time = async (repeats: number, { from, to } = { from: 0, to: each.length }) => {
    const sum = each.slice(from, to).reduce((total, one) => total + one, 0)
    const ns = (to - from === each.length ? (joinedNs ?? sum) : sum) * disturbed(calls++)
    return { clock: 'wall' as const, ns: Array.from({ length: repeats }, () => ns) }
  }
  const oneNs = each.reduce((sum, one) => sum + one, 0)
  const settled = { clock: 'wall' as const, oneNs, budgetNs: 1000 * oneNs, mostRounds: 9 }
  return new StepTimer({ ...execution, time }, settled)
}

describe('the time of steps', () => {
  test('the nearest ascending values ascend, keep the sum, and are the values where these ascend', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 1000 })), (values) => {
        const made = ascend(values)
        expect(made).toHaveLength(values.length)
        for (let i = 1; i < made.length; i++) expect(made[i]).toBeGreaterThanOrEqual(made[i - 1])
        const sum = (list: readonly number[]): number => list.reduce((total, one) => total + one, 0)
        expect(sum(made)).toBeCloseTo(sum(values), 6)
        expect(ascend(made)).toEqual(made)
      }),
    )
    expect(ascend([1, 3, 2, 4])).toEqual([1, 2.5, 2.5, 4])
  })

  test('steps take what their beginnings differ by, whatever disturbs a few measurements', async () => {
    const each = program().steps.map((_, i) => 100 * (i + 1))
    const timer = await timedAt(each, (call) => (call % 7 === 3 ? 9 : 1))
    for (let round = 0; round < timer.rounds; round++) await timer.run()
    const { ns, wholeNs, by } = timer.result()
    expect(by).toBe('prefixes')
    expect(ns).toEqual(each)
    expect(wholeNs).toBe(each.reduce((sum, one) => sum + one, 0))
  })

  test('a program of joined steps that takes less time than a part of it has no layers beyond its time', async () => {
    const each = program().steps.map(() => 100)
    const joinedNs = 100 * each.length - 150
    const timer = await timedAt(each, () => 1, joinedNs)
    for (let round = 0; round < timer.rounds; round++) await timer.run()
    const { ns, wholeNs } = timer.result()
    expect(wholeNs).toBe(joinedNs)
    expect(ns.reduce((sum, one) => sum + one, 0)).toBe(joinedNs)
    expect(ns.slice(-2)).toEqual([50, 0])
  })
})

describe('a profile', () => {
  const ends = { decode: () => SAMPLE, answer: () => 0 }

  test('has every step of the program, and stages that add up to the whole by what they leave', async () => {
    const execution = await load(program(), openReference())
    const profile = (await profileOf(execution, ends, 5e7))!
    expect(profile.device.layers.map(({ op }) => op)).toEqual(program().steps.map(({ spec }) => spec.op))
    const { stages, hostToHost, device } = profile
    const sum = Object.keys(STAGES).reduce((total, field) => total + stages[field as keyof typeof stages], 0)
    expect(sum).toBeCloseTo(hostToHost.median, 3)
    const layers = device.layers.reduce((total, { ns }) => total + ns, device.restNs)
    expect(layers).toBeCloseTo(device.wholeNs, 3)
    const gemm = device.layers.find(({ op }) => op === 'Gemm')!
    expect([gemm.macs, gemm.bytes > gemm.macs]).toEqual([expect.any(Number), true])
    expect(hostToHost.samples).toBeGreaterThanOrEqual(6)
  })

  test('ends after its fewest rounds where a device takes longer than its own clock says', async () => {
    const execution = await load(program(), openReference())
    let rounds = 0
    const time: typeof execution.time = async (repeats, span) => {
      rounds += Number(span?.to === 1)
      await sleep(20)
      return { clock: 'gpu', ns: Array.from({ length: repeats }, () => 10) }
    }
    const profile = await profileOf({ ...execution, time }, ends, 2e8)
    expect(rounds).toBe(5)
    expect(profile?.hostToHost.samples).toBeGreaterThanOrEqual(6)
  })

  test('a program that takes longer than its budget has none', async () => {
    const execution = await load(program(), openReference())
    expect(await profileOf(execution, ends, 0)).toBeUndefined()
  })

  test('is shown by precision, as shares of what a user waits, with the slowest layers', () => {
    const profile: Profile = { workload: 'digits', kernels: 'k', adapter: 'a', program: 'p', ...PROFILED }
    const whole = { ...run('r', []), profiles: [profile, { ...profile, program: 'q' }] }
    const shown = profilesFor(whole, profile)
    expect(shown).toEqual([profile])
    expect(render(STAGE_COLUMNS, shown)).toMatch(/INT8 +1\.00 µs +10% +5% +5% +10% +40% +5% +5% +5% +5% +10%/)
    expect(slowestLayers(shown)).toBe(
      "slowest layers, INT8: conv (Conv) 80% at 20.0 Gop/s, relu (Relu) 10% at 2.00 GB/s; 10% of 500 ns is no layer's",
    )
    expect(profilesFor(whole, { ...profile, adapter: 'other' })).toEqual([])
    const ideal = [{ process: '45 nm', ratio: [4, 9] as [number, number], source: 'a table' }]
    expect(idealEnergy([profile, { ...profile, ideal }])).toBe(
      "energy of FP32 over INT8's on an ideal datapath: 4.00x to 9.00x modelled in 45 nm (a table)",
    )
  })
})

const PROFILED: Profiled = {
  precision: 'int8',
  hostToHost: { median: 1000, ci95: [990, 1010], samples: 9 },
  stages: {
    decodeNs: 100,
    uploadNs: 50,
    normalizeNs: 50,
    quantizeNs: 100,
    computeNs: 400,
    dequantizeNs: 50,
    submitNs: 50,
    readbackNs: 50,
    answerNs: 50,
    restNs: 100,
  },
  device: {
    clock: 'wall',
    wholeNs: 500,
    restNs: 50,
    by: 'prefixes',
    layers: [
      { node: 'relu', op: 'Relu', ns: 50, macs: 0, bytes: 100 },
      { node: 'conv', op: 'Conv', ns: 400, macs: 4000, bytes: 300 },
    ],
  },
}
