import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { DeviceInfo } from '@octet/core'
import { now, Random } from '@octet/core/statistics'
import { describe, expect, test } from 'vitest'
import { measureEnergy } from '../src/energy/measure.ts'
import type { Meter } from '../src/energy/meter.ts'
import { Metering } from '../src/energy/metering.ts'
import { openMeters } from '../src/energy/meters.ts'
import { PowerIntegral } from '../src/energy/power.ts'
import { temporaryFolder } from './folder.ts'

const CPU = { id: 'wasm', vendor: 'nobody', name: 'CPU', software: true } as DeviceInfo
const GPU = { id: 'rtx', vendor: 'nvidia', name: 'RTX', software: false } as DeviceInfo

/** Writes the files of a folder that stands for /sys. */
function sysfs(files: Readonly<Record<string, string | number>>): string {
  const root = temporaryFolder()
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(join(root, path, '..'), { recursive: true })
    writeFileSync(join(root, path), `${content}\n`)
  }
  return root
}

const RAPL = 'class/powercap/intel-rapl:0'
const PACKAGE = {
  [`${RAPL}/name`]: 'package-0',
  [`${RAPL}/energy_uj`]: 900,
  [`${RAPL}/max_energy_range_uj`]: 1000,
  'class/powercap/intel-rapl:1/name': 'psys',
  'class/powercap/intel-rapl:1/energy_uj': 5,
  'class/powercap/intel-rapl:1/max_energy_range_uj': 1000,
}

async function metersAt(root: string, nvidiaSmi = 'no-such-command') {
  return openMeters({ sysfs: root, nvidiaSmi })
}

describe('meters', () => {
  test('RAPL sums processor packages, and a counter that starts again goes on', async () => {
    const root = sysfs(PACKAGE)
    const { meters, missing } = await metersAt(root)
    expect(missing.map(({ meter }) => meter)).toEqual(['nvidia-smi', 'battery'])
    const [rapl] = meters
    expect([rapl.covers(CPU), rapl.covers(GPU)]).toEqual([true, false])
    const counter = join(root, RAPL, 'energy_uj')
    expect(await rapl.during(async () => writeFileSync(counter, '950'))).toBeCloseTo(50e-6, 12)
    expect(await rapl.during(async () => writeFileSync(counter, '30'))).toBeCloseTo(80e-6, 12)
  })

  test.skipIf(process.getuid?.() === 0)(
    'counters that root alone may read are named with the remedy',
    async () => {
      const root = sysfs(PACKAGE)
      chmodSync(join(root, RAPL, 'energy_uj'), 0)
      const { missing } = await metersAt(root)
      expect(missing[0]).toMatchObject({ meter: 'RAPL', mend: expect.stringContaining('sudo chmod a+r') })
    },
  )

  test('a battery is read while it discharges, by its power or by current and voltage', async () => {
    const battery = 'class/power_supply/BAT0'
    const supply = { [`${battery}/type`]: 'Battery', [`${battery}/status`]: 'Discharging' }
    const direct = await metersAt(sysfs({ ...supply, [`${battery}/power_now`]: 8e6 }))
    const product = await metersAt(
      sysfs({ ...supply, [`${battery}/current_now`]: 2e6, [`${battery}/voltage_now`]: 4e6 }),
    )
    for (const { meters } of [direct, product]) {
      const begin = now()
      const joules = await meters[0].during(async (pause) => {
        await sleep(20)
        await pause()
      })
      expect(joules).toBeGreaterThan(0.15)
      expect(joules).toBeLessThanOrEqual(8 * (now() - begin) * 1e-9)
    }
    const root = sysfs({ ...supply, [`${battery}/power_now`]: 8e6 })
    const [plugged] = (await metersAt(root)).meters
    const joules = await plugged.during(async (pause) => {
      writeFileSync(join(root, battery, 'status'), 'Charging')
      await pause()
      writeFileSync(join(root, battery, 'status'), 'Discharging')
    })
    expect(joules).toBeNaN()
    const charging = sysfs({ ...supply, [`${battery}/status`]: 'Charging', [`${battery}/power_now`]: 8e6 })
    expect((await metersAt(charging)).missing.at(-1)).toMatchObject({ mend: 'unplug the charger' })
  })

  test.skipIf(process.platform === 'win32')(
    'nvidia-smi is asked for power until the meter is closed',
    async () => {
      const root = sysfs({
        smi: '#!/bin/sh\nwhile true; do echo 70.5; sleep 0.05; done',
        none: '#!/bin/sh\necho "[N/A]"',
      })
      for (const name of ['smi', 'none']) chmodSync(join(root, name), 0o755)
      const { meters } = await metersAt(root, join(root, 'smi'))
      const [nvidia] = meters
      expect([nvidia.covers(CPU), nvidia.covers(GPU)]).toEqual([false, true])
      const begin = now()
      const joules = await nvidia.during(async (pause) => {
        await sleep(20)
        await pause()
      })
      expect(joules).toBeGreaterThan(1)
      expect(joules).toBeLessThanOrEqual(70.5 * (now() - begin) * 1e-9)
      nvidia.close()
      const ended = nvidia.during(async (pause) => {
        await sleep(200)
        await pause()
      })
      expect(await ended).toBeNaN()
      const { missing } = await metersAt(root, join(root, 'none'))
      expect(missing.find(({ meter }) => meter === 'nvidia-smi')?.reason).toContain(
        'does not report the power',
      )
    },
  )

  test.skipIf(process.platform === 'win32')('an open meter keeps no process alive', () => {
    const root = sysfs({ smi: '#!/bin/sh\nwhile true; do echo 70.5; sleep 0.05; done' })
    chmodSync(join(root, 'smi'), 0o755)
    const script = `
      import { openNvidia } from ${JSON.stringify(new URL('../dist/energy/nvidia.js', import.meta.url))}
      const meter = await openNvidia(${JSON.stringify(join(root, 'smi'))})
      process.once('beforeExit', () => {
        console.log('nothing is left to do')
        meter.close()
      })`
    const args = ['--input-type=module', '-e', script]
    const { stdout } = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 5000 })
    expect(stdout).toBe('nothing is left to do\n')
  })

  test('power between two readings is their mean', () => {
    const integral = new PowerIntegral()
    for (const [watts, at] of [
      [1, 0],
      [3, 1e9],
      [3, 2e9],
    ])
      integral.add(watts, at)
    expect(integral.joules).toBe(5)
  })
})

describe('energy of a run', () => {
  /** A meter of a machine that takes some watts when idle, and some joules a run. */
  function meterOf(idleWatts: number, joules: number): { meter: Meter; run: () => Promise<void> } {
    const random = new Random(5)
    let taken = 0
    const meter: Meter = {
      source: 'a meter',
      windowNs: 3e7,
      covers: () => true,
      during: async (work) => {
        const [before, begin] = [taken, now()]
        await work(async () => {})
        return taken - before + idleWatts * (now() - begin) * 1e-9
      },
      close: () => {},
    }
    const run = async (): Promise<void> => {
      taken += joules * (0.9 + 0.2 * random.uniform())
      await sleep(1)
    }
    return { meter, run }
  }

  test('is what it takes beyond idle, within its interval', async () => {
    const { meter, run } = meterOf(1, 0.02)
    const told = await measureEnergy(meter, run)
    if ('reason' in told) throw new Error(told.reason)
    const { joules, ci95, source } = told
    expect(source).toBe('a meter')
    expect(joules).toBeGreaterThan(0.018)
    expect(joules).toBeLessThan(0.022)
    expect(ci95[0]).toBeLessThanOrEqual(joules)
    expect(ci95[1]).toBeGreaterThanOrEqual(joules)
  })

  test('is not given where it cannot be told from idle', async () => {
    const { meter, run } = meterOf(1, 0)
    let calls = 0
    // Idle and busy windows read half as much again in turn.
    const during: Meter['during'] = async (work) => {
      const joules = await meter.during(work)
      return [1, 1.5, 1.5, 1][calls++ % 4] * joules
    }
    const noisy = { ...meter, during }
    expect(await measureEnergy(noisy, run)).toEqual({
      reason: 'the power of the work is not shown to differ from idle power',
    })
  })

  test('is measured until the time of a sweep for it is spent, by a meter that covers the device', async () => {
    const { meter, run } = meterOf(1, 0.02)
    const quick = { ...meter, windowNs: 5e6, covers: ({ software }: DeviceInfo) => software }
    const metering = new Metering([quick], 1e8)
    expect(await metering.measure(GPU, run)).toBeUndefined()
    expect(await metering.measure(CPU, run)).toMatchObject({ tier: 'measured' })
    expect(await metering.measure(CPU, run)).toEqual({
      reason: 'a meter: the time of the sweep for energy is used up, and a program takes 0.06 s',
    })
  })

  test('is not given where the meter fails, and the work says what fails in it', async () => {
    const { meter, run } = meterOf(1, 0.02)
    const silent = {
      ...meter,
      during: async (work: Parameters<Meter['during']>[0]) => {
        await meter.during(work)
        return Number.NaN
      },
    }
    expect(await measureEnergy(silent, run)).toEqual({ reason: 'the meter gave no reading' })
    const gone = { ...meter, during: () => Promise.reject(new Error('EACCES: energy_uj')) }
    expect(await measureEnergy(gone, run)).toEqual({ reason: 'the meter fails: EACCES: energy_uj' })
    const lost = (): Promise<void> => Promise.reject(new Error('the device was lost'))
    await expect(measureEnergy(meter, lost)).rejects.toThrow('the device was lost')
  })
})

test('docs name every meter', () => {
  const page = readFileSync(new URL('../../../docs/energy.md', import.meta.url), 'utf8')
  for (const name of ['RAPL', 'nvidia-smi', 'battery']) expect(page).toContain(name)
})
