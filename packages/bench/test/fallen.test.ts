import { type DeviceInfo, type KernelDevice, openReference } from '@octet/core'
import { expect, test } from 'vitest'
import { RenewableDevice } from '../src/discover/renewable.ts'
import type { Entry } from '../src/store/entry.ts'
import { fallenIn, joinFallen } from '../src/sweep/fallen.ts'
import { deviceWith } from './little-sweep.ts'

function renewable(kernels: string, adapter: string): RenewableDevice {
  const fresh = (): KernelDevice => deviceWith(adapter, {})
  return new RenewableDevice(kernels, fresh(), async () => fresh())
}

function info(id: string, driver = ''): DeviceInfo {
  return { ...openReference().info, id, driver }
}

const FALL = { kind: 'fall', fall: { kernels: 'bad', what: 'ends the process, while it was timed' } } as const
const MEND = 'Fix the package and start a new run'
const REASON = 'it ends the process, while it was timed'

test('of a package that fell twice the last fall counts', () => {
  const first: Entry = { kind: 'fall', fall: { kernels: 'bad', what: 'aborts' } }
  expect(fallenIn([first, FALL])).toEqual([{ kernels: 'bad', reason: REASON, mend: MEND }])
  expect(fallenIn([])).toEqual([])
})

test('a run goes on with the adapters that it began with, in their places, though two have one id', () => {
  const missing = [{ kernels: 'absent', reason: 'no adapter', mend: 'install one' }]
  for (const chosen of [
    ['absent', 'bad', 'good'],
    ['good', 'absent', 'bad'],
  ]) {
    const before = chosen
      .filter((id) => id !== 'absent')
      .map((id) => (id === 'bad' ? info('host', 'of bad') : info('host')))
    const opened = { open: [renewable('good', 'host')], missing }
    const { devices, adapters } = joinFallen(chosen, opened, fallenIn([FALL]), before)
    expect(adapters).toEqual(before)
    expect(devices.missing).toEqual([
      { kernels: 'bad', adapter: 'host', reason: REASON, mend: MEND },
      ...missing,
    ])
  }
})

test('a run without falls has the adapters that are open', () => {
  const opened = { open: [renewable('a', 'x'), renewable('reference', 'y')], missing: [] }
  const { devices, adapters } = joinFallen(['a'], opened, [], [])
  expect(devices).toEqual(opened)
  expect(adapters.map(({ id }) => id)).toEqual(['x', 'y'])
})
