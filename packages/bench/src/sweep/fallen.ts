import type { DeviceInfo } from '@octet/core'
import type { Devices } from '../discover/devices.ts'
import type { MissingDevice } from '../discover/missing-device.ts'
import type { Entry } from '../store/entry.ts'

/** The packages that earlier parts of a run did not come out of. */
export function fallenIn(entries: readonly Entry[]): MissingDevice[] {
  const falls = entries.flatMap((entry) => (entry.kind === 'fall' ? entry.fall : []))
  const last = new Map(falls.map((fall) => [fall.kernels, fall]))
  return Array.from(last.values(), ({ kernels, adapter, what }) => ({
    kernels,
    ...(adapter !== undefined && { adapter }),
    reason: `it ${what}`,
    mend: 'Mend the package and begin a new run',
  }))
}

/** The adapters of a run: those that are open, and in their old places those of packages that are left out since. */
export function adaptersOf(
  { open, missing }: Devices,
  before: readonly DeviceInfo[] = [],
): readonly DeviceInfo[] {
  const left = missing.flatMap(({ adapter }) => adapter ?? [])
  const rest = open.map(({ device }) => device.info)
  const merged = before.flatMap((info) => {
    const at = left.indexOf(info.id)
    if (at >= 0) left.splice(at, 1)
    return at >= 0 ? [info] : rest.splice(0, 1)
  })
  return [...merged, ...rest]
}
