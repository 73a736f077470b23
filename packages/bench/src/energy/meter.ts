import type { DeviceInfo } from '@octet/core'

/** Lets the meter read and the event loop turn. The work calls it between its parts, every few ms. */
export type Pause = () => Promise<void>

/** Measures the energy of the machine or a part of it. */
export interface Meter {
  /** A description of the quantity that it reads. */
  readonly source: string
  /** The shortest time that it measures well, in ns. */
  readonly windowNs: number
  /** Whether its readings include the arithmetic of a device. */
  covers(device: DeviceInfo): boolean
  /** The joules used while the work ran. NaN if there was no reading in that time. */
  during(work: (pause: Pause) => Promise<void>): Promise<number>
  close(): void
}

/** The reason why a meter cannot be read on this machine, and the remedy. */
export interface NoMeter {
  readonly meter: string
  readonly reason: string
  readonly mend?: string
}

export function isMeter(opened: Meter | NoMeter): opened is Meter {
  return 'during' in opened
}
