import type { DeviceInfo } from '@octet/core'
import type { Devices } from '../discover/devices.ts'
import type { MissingDevice } from '../discover/missing-device.ts'
import type { OpenedDevice } from '../measure/jobs.ts'
import type { Entry } from '../store/entry.ts'

/** The packages that ended an earlier part of a run. */
export function fallenIn(entries: readonly Entry[]): MissingDevice[] {
  const falls = entries.flatMap((entry) => (entry.kind === 'fall' ? entry.fall : []))
  const last = new Map(falls.map(({ kernels, what }) => [kernels, what]))
  return Array.from(last, ([kernels, what]) => ({
    kernels,
    reason: `it ${what}`,
    mend: 'Fix the package and start a new run',
  }))
}

/** The state from which a run continues. */
export interface Joined<D extends OpenedDevice> {
  readonly devices: Devices<D>
  /** The adapters of the run at its start. */
  readonly adapters: readonly DeviceInfo[]
}

/**
 * Joins the opened devices with the packages that are left out. Each of those packages keeps the adapter at its
 * position in the run's start. `chosen` holds all packages of the run in their order.
 */
export function joinFallen<D extends OpenedDevice>(
  chosen: readonly string[],
  { open, missing }: Devices<D>,
  fallen: readonly MissingDevice[],
  before: readonly DeviceInfo[],
): Joined<D> {
  const adapters: DeviceInfo[] = []
  const placed: MissingDevice[] = []
  for (const id of chosen) {
    const gone = fallen.find(({ kernels }) => kernels === id)
    if (gone === undefined) adapters.push(...infosOf(open.filter(({ kernels }) => kernels === id)))
    else {
      const info = before.at(adapters.length)
      placed.push({ ...gone, ...(info && { adapter: info.id }) })
      if (info !== undefined) adapters.push(info)
    }
  }
  const others = open.filter(({ kernels }) => !chosen.includes(kernels))
  return {
    devices: { open, missing: [...placed, ...missing] },
    adapters: [...adapters, ...infosOf(others)],
  }
}

function infosOf(open: Devices<OpenedDevice>['open']): DeviceInfo[] {
  return open.map(({ device }) => device.info)
}
