import type { DeviceInfo } from '@octet/core'

/** Lets the meter look, and the event loop turn; called between parts of the work, every some ms. */
export type Pause = () => Promise<void>

/** Something that tells the energy that the machine, or a part of it, takes. */
export interface Meter {
  /** The quantity that it reads, in words. */
  readonly source: string
  /** Shortest time that it tells well, in ns. */
  readonly windowNs: number
  /** Whether its readings cover the arithmetic of a device. */
  covers(device: DeviceInfo): boolean
  /** Joules that were taken while the work ran; NaN where there was no reading meanwhile. */
  during(work: (pause: Pause) => Promise<void>): Promise<number>
  close(): void
}

/** Why a meter cannot be read on this machine, and the remedy. */
export interface NoMeter {
  readonly meter: string
  readonly reason: string
  readonly mend?: string
}

export function isMeter(opened: Meter | NoMeter): opened is Meter {
  return 'during' in opened
}
