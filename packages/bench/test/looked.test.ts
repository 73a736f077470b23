import {
  assignedLayers,
  Calibration,
  type KernelDevice,
  type LayerPrecision,
  lower,
  mix,
  modelOf,
  tensor,
} from '@octet/core'
import { expect, test } from 'vitest'
import { RenewableDevice } from '../src/discover/renewable.ts'
import type { Meter } from '../src/energy/meter.ts'
import { QUICK } from '../src/measure/latency.ts'
import type { Spots } from '../src/measure/spots.ts'
import { candidatesOf } from '../src/quantize/plan.ts'
import { SILENT } from '../src/show/reporter.ts'
import { FP32 } from '../src/sweep/configurations.ts'
import { programName, timePrograms, type TimingInputs } from '../src/sweep/timings.ts'
import { GRAPH } from './folder.ts'
import { deviceWith, runOf } from './little-sweep.ts'

const METER: Meter = {
  source: 'a meter',
  windowNs: 1e6,
  covers: () => true,
  during: async (work) => {
    await work(async () => {})
    return 1
  },
  close: () => {},
}

/** A run whose devices are made by `open`, with what was said in it. */
async function watched(open: () => KernelDevice, meters: readonly Meter[] = []) {
  const lines: string[] = []
  const reporter = { ...SILENT, log: (line: string) => void lines.push(line) }
  const device = new RenewableDevice('k', open(), async () => open(), { reporter })
  return { ...(await runOf([device], {}, [], reporter, meters)), lines }
}

const honest = (): KernelDevice => deviceWith('odd', {})

/** A device that has times of its own for a step by itself, as a profile asks for. */
function odd(part: (told: Awaited<ReturnType<KernelDevice['time']>>) => typeof told): KernelDevice {
  const whole = honest()
  return deviceWith('odd', {
    time: async (steps, repeats) => {
      const told = await whole.time(steps, repeats)
      return steps.length === 1 ? part(told) : told
    },
  })
}

test('a meter that fails takes no time from a program', async () => {
  const meter = { ...METER, during: () => Promise.reject(new Error('EACCES: energy_uj')) }
  const { cells, profiles, lines } = await watched(honest, [meter])
  for (const { latency, energy } of cells) {
    expect(latency?.samples.length).toBeGreaterThan(5)
    expect(energy?.filter(({ tier }) => tier === 'measured') ?? []).toEqual([])
  }
  expect(profiles).toHaveLength(2)
  expect(lines.filter((line) => line.endsWith('a meter: the meter fails: EACCES: energy_uj'))).toHaveLength(2)
})

test('a profile with times that there are not takes no time from a program', async () => {
  const { cells, profiles, lines } = await watched(() =>
    odd(({ clock, ns }) => ({ clock, ns: ns.map(() => NaN) })),
  )
  for (const { latency } of cells) expect(latency?.samples.length).toBeGreaterThan(5)
  expect(profiles ?? []).toEqual([])
  expect(lines.join('\n')).toMatch(
    /where the time of a program on k\/odd goes cannot be recorded, at profile/,
  )
})

test('a device that breaks as a program is looked into is opened again, and all programs have times', async () => {
  const broken = (): never => {
    throw new Error('no such span')
  }
  const { cells, lines } = await watched(() => odd(broken))
  for (const { latency } of cells) expect(latency?.samples.length).toBeGreaterThan(5)
  expect(lines.filter((line) => line.includes('was opened again'))).toHaveLength(2)
  const words = 'points: k/odd broke while it inspected a program that it had timed: no such span'
  expect(lines.filter((line) => line === words)).toHaveLength(2)
})

test('where the program that was looked into for its precision breaks, another is the first', async () => {
  const model = modelOf(GRAPH)
  const normalizer = { offset: Float32Array.of(0), scale: Float32Array.of(1) }
  const sample = tensor('float32', [1, 3], Float32Array.of(1, 2, 3))
  const candidates = await candidatesOf(new Calibration(model, normalizer, [sample]))
  const lowered = [
    ['fp16', 'int8'],
    ['int8', 'fp16'],
    ['w4a8', 'int8'],
  ].map((layers) => {
    const assignment = new Map(assignedLayers(model).map((name, i) => [name, layers[i] as LayerPrecision]))
    return { configuration: FP32, program: lower(mix(candidates, assignment), { batch: 1, normalizer }) }
  })
  const names = lowered.map(({ program }) => programName(program))
  let breaks = false
  const made = (): KernelDevice => {
    const whole = honest()
    return deviceWith('odd', {
      time: async (steps, repeats) => {
        if (!breaks) return whole.time(steps, repeats)
        breaks = false
        throw new Error('lost')
      },
    })
  }
  const device = new RenewableDevice('k', made(), async () => made())
  const seen: [string, boolean][] = []
  const looksInto: TimingInputs['looksInto'] = async ({ program }, isFirst) => {
    seen.push([programName(program), isFirst])
    breaks = seen.length === 2
    if (breaks) throw new Error('broken')
    return {}
  }
  const spots = { samples: [], faultOfOutputs: async () => undefined } as unknown as Spots
  const inputs = { sample, spots, looksInto }
  const { timed, faults, unseen } = await timePrograms('points', lowered, device, inputs, QUICK)
  expect(seen).toEqual([
    [names[0], true],
    [names[1], false],
    [names[2], true],
  ])
  expect(timed.map(({ program }) => program)).toEqual(names.slice(1))
  expect([[...faults], unseen]).toEqual([[[names[0], 'lost']], ['broken']])
})
