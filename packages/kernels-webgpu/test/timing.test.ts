import { expect, onTestFinished, test, vi } from 'vitest'
import { timePasses, type Encode } from '../src/device/timing.ts'

/** A device whose work takes `workNs` a copy, and whose clock shows `shown` of the time. */
function timedBy(workNs: number, shown: (ns: number) => number) {
  const ticks = new BigUint64Array(32)
  let now = 1_000_003
  let looks = 0
  let mostNs = 0
  const staging = {
    mapAsync: async () => {},
    getMappedRange: () => ticks.buffer,
    unmap: () => {},
    destroy: () => {},
  }
  const device = {
    createQuerySet: () => ({ destroy: () => {} }),
    createBuffer: () => staging,
    createCommandEncoder: () => ({
      resolveQuerySet: () => {},
      copyBufferToBuffer: () => {},
      finish: () => {},
    }),
    queue: { submit: () => {}, onSubmittedWorkDone: async () => {} },
  } as unknown as GPUDevice
  const encode: Encode = (_, copies, writes) => {
    if (writes === undefined) return
    looks++
    mostNs = Math.max(mostNs, workNs * copies)
    ticks[writes.beginningOfPassWriteIndex!] = BigInt(shown(now))
    now += workNs * copies
    ticks[writes.endOfPassWriteIndex!] = BigInt(shown(now))
  }
  const time = (repeats: number) =>
    timePasses({ device, wait: (promise) => promise, timestamps: true }, encode, repeats)
  return { time, looks: () => looks, nowNs: () => now, mostNs: () => mostNs }
}

Object.assign(globalThis, {
  GPUBufferUsage: { QUERY_RESOLVE: 1, COPY_SRC: 2, MAP_READ: 4, COPY_DST: 8 },
  GPUMapMode: { READ: 1 },
})

test('a fine clock tells the time of each repetition', async () => {
  const { time } = timedBy(12_345, (ns) => ns)
  expect(await time(20)).toEqual({ clock: 'gpu', ns: Array.from({ length: 20 }, () => 12_345) })
})

test.each([1000, 12_345, 70_000])(
  'a clock of steps of 65,536 ns tells %i ns within 4 percent, by more copies of the work',
  async (workNs) => {
    const { time } = timedBy(workNs, (ns) => Math.floor(ns / 65_536) * 65_536)
    const { clock, ns } = await time(20)
    expect(clock).toBe('gpu')
    expect(ns.length).toBe(20)
    for (const one of ns) expect(Math.abs(one / workNs - 1)).toBeLessThan(0.04)
  },
)

test('differences of zero or less are in no result', async () => {
  let look = 0
  const { time, looks } = timedBy(5_001, (ns) => (look++ % 8 < 2 ? 3 : ns))
  const { clock, ns } = await time(20)
  expect(clock).toBe('gpu')
  expect(ns.every((one) => one === 5_001)).toBe(true)
  expect(looks()).toBeGreaterThan(20)
})

test('a clock that stands still gives way to the wall clock', async () => {
  const { time } = timedBy(5_000, () => 77)
  const { clock, ns } = await time(3)
  expect(clock).toBe('wall')
  expect(ns.length).toBe(3)
})

test.each([1e6, 30e6, 2e9])(
  'where a clock stands still, no look but the first one, of %i ns, takes more than a second of work',
  async (workNs) => {
    const { time, nowNs, mostNs, looks } = timedBy(workNs, () => 2 ** 20)
    const now = vi.spyOn(performance, 'now').mockImplementation(() => nowNs() / 1e6)
    onTestFinished(() => {
      now.mockRestore()
    })
    expect((await time(3)).clock).toBe('wall')
    expect(mostNs()).toBeLessThanOrEqual(Math.max(1e9, workNs))
    expect(looks() > 1).toBe(workNs < 1e9)
  },
)
