import { type KernelDevice, openReference } from '@octet/core'
import { expect, test, vi } from 'vitest'
import { lively } from '../src/supervise/lively.ts'

test('has every member of its device, and says with each call that it is alive', async () => {
  const device: KernelDevice = Object.assign(openReference(), {
    variants: () => ['one'],
    tune: async () => [],
    roofline: async () => [],
  })
  const alive = vi.fn<() => void>()
  const wrapped = lively(device, alive)
  for (
    let of: object | null = device;
    of !== null && of !== Object.prototype;
    of = Object.getPrototypeOf(of) as object | null
  )
    for (const name of Object.getOwnPropertyNames(of))
      expect(typeof Reflect.get(wrapped, name), name).toBe(typeof Reflect.get(device, name))
  expect(wrapped.arena).toBe(device.arena)
  expect(alive).not.toHaveBeenCalled()
  const tensor = wrapped.alloc({ dtype: 'float32', shape: [1, 2] })
  await wrapped.read(tensor)
  await wrapped.finish()
  await wrapped.tune!([], { budgetMs: 1 })
  expect(alive).toHaveBeenCalledTimes(4)
})
