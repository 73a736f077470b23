import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type Address, openAddress } from '../src/page/address.ts'

beforeEach(() => {
  vi.stubGlobal('window', {
    location: { hash: '#cells?precision=int8&calibration=mse&workload=a&tensor=stem&sort=-drop' },
    history: { pushState: () => undefined, replaceState: () => undefined },
    addEventListener: () => undefined,
  })
})
afterEach(() => vi.unstubAllGlobals())

function choicesOf(address: Address): Record<string, string | undefined> {
  const names = ['precision', 'calibration', 'status', 'workload', 'tensor', 'sort']
  return Object.fromEntries(names.flatMap((name) => (address.get(name) ? [[name, address.get(name)]] : [])))
}

test('a listener is dropped with its own signal and with those of the address that it is of', () => {
  for (const aborted of [0, 1, 2]) {
    const signals = [new AbortController(), new AbortController(), new AbortController()]
    const [page, view, panel] = signals.map(({ signal }) => signal)
    const address = openAddress(page)
    const listener = vi.fn<() => void>()
    address.during(view).during(panel).onChange(listener)
    address.set({ sort: 'drop' })
    expect(listener).toHaveBeenCalledTimes(1)
    signals[aborted].abort()
    address.set({ sort: '-drop' })
    expect(listener).toHaveBeenCalledTimes(1)
  }
})

test('a link that makes one of the choices made together makes them all, and keeps the others', () => {
  const together = ['workload', 'precision', 'calibration', 'status']
  const address = openAddress(AbortSignal.abort())
  address.go('#cells', together)
  expect(address.get('precision')).toBe('int8')
  address.go('#cells?status=failed', together)
  expect(choicesOf(address)).toEqual({ status: 'failed', sort: '-drop' })
})

test('a tensor goes with its workload', () => {
  for (const change of [{ workload: 'b' }, { workload: undefined }]) {
    const address = openAddress(AbortSignal.abort())
    address.set({ workload: 'a' })
    expect(address.get('tensor')).toBe('stem')
    address.set(change)
    expect(address.get('tensor')).toBeUndefined()
  }
  const address = openAddress(AbortSignal.abort())
  address.go('#layers?workload=b&tensor=head', [])
  expect(address.get('tensor')).toBe('head')
  address.go('#workload?workload=a', [])
  expect(address.get('tensor')).toBeUndefined()
})
