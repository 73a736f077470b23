import type { DeviceInfo } from '@octet/core'
import { durationNs, measureEnergy, type Told } from './measure.ts'
import type { Meter } from './meter.ts'

/** The most time of a sweep for measuring energy, in ns. */
const SWEEP_NS = 300e9

/** The meters of this machine during one sweep. They measure until their time is used up. */
export class Metering {
  readonly #meters: readonly Meter[]
  #leftNs: number

  constructor(meters: readonly Meter[], budgetNs: number = SWEEP_NS) {
    this.#meters = meters
    this.#leftNs = budgetNs
  }

  /**
   * The energy of one run of some work on a device, or the reason why there is none. Undefined if no meter covers the
   * device.
   * @throws Any error that `run` throws.
   */
  async measure(device: DeviceInfo, run: () => Promise<unknown>): Promise<Told | undefined> {
    const meter = this.#meters.find((one) => one.covers(device))
    if (meter === undefined) return undefined
    const takesNs = durationNs(meter)
    if (takesNs > this.#leftNs)
      return {
        reason: `${meter.source}: the time of the sweep for energy is used up, and a program takes ${takesNs / 1e9} s`,
      }
    this.#leftNs -= takesNs
    const told = await measureEnergy(meter, run)
    return 'reason' in told ? { reason: `${meter.source}: ${told.reason}` } : told
  }
}
