import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Meter, NoMeter } from './meter.ts'
import { integrate } from './power.ts'

/**
 * The power that a battery delivers. It covers the whole machine, including display and radio. A reading exists only
 * while the battery discharges.
 * @param sysfs `/sys`
 */
export function openBattery(sysfs: string): Meter | NoMeter {
  const folder = join(sysfs, 'class/power_supply')
  const batteries = existsSync(folder)
    ? readdirSync(folder).filter((name) => textOf(join(folder, name, 'type')) === 'Battery')
    : []
  const [battery] = batteries.filter((name) => wattsOf(join(folder, name)) !== undefined)
  if (battery === undefined) return { meter: 'battery', reason: 'no battery reports its power' }
  const at = join(folder, battery)
  const discharges = (): boolean => textOf(join(at, 'status')) === 'Discharging'
  if (!discharges())
    return { meter: 'battery', reason: 'the battery does not discharge', mend: 'unplug the charger' }
  return {
    source: `battery ${battery}, the whole machine, idle subtracted`,
    windowNs: 2e9,
    covers: () => true,
    during: (work) => integrate(() => (discharges() ? (wattsOf(at) ?? Number.NaN) : Number.NaN), work),
    close: () => {},
  }
}

/** Power from `power_now`, or as current times voltage. Undefined if neither is available. */
function wattsOf(folder: string): number | undefined {
  const [power, current, voltage] = ['power_now', 'current_now', 'voltage_now'].map((name) => {
    const text = textOf(join(folder, name))
    return text === undefined ? undefined : Math.abs(Number(text)) * 1e-6
  })
  return power ?? (current === undefined || voltage === undefined ? undefined : current * voltage)
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch {
    return undefined
  }
}
