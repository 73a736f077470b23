import type { KernelDevice } from '@octet/core'
import { Random } from '@octet/core/statistics'
import { expect, test } from 'vitest'
import { SILENT } from '../src/show/reporter.ts'
import { cellsOn, on } from './little-sweep.ts'

/** A device whose times jump while `isBusy`, and are steady else. */
function timing(isBusy: () => boolean): Partial<KernelDevice> {
  const random = new Random(1)
  return {
    time: async (_steps, repeats) => {
      const ns = isBusy() ? 1e6 * (1 + 9 * random.uniform()) : 1e6
      return { clock: 'gpu', ns: Array.from({ length: repeats }, () => ns) }
    },
  }
}

test('what is unstable is timed again later in the run, and counts where the machine has settled', async () => {
  const again: string[] = []
  const reporter = {
    ...SILENT,
    stage: (words: string) => void (words.endsWith('again') && again.push(words)),
  }
  const devices = { late: timing(() => again.length === 0), calm: timing(() => false) }
  const cells = await cellsOn(devices, {}, reporter)
  expect(again).toEqual(['points: timing 2 unstable programs on late/late again'])
  for (const { status, latency } of cells.filter(({ kernels }) => kernels !== 'absent'))
    expect([status, latency?.median]).toEqual(['ok', 1e6])
  expect(on(cells, 'late')).toHaveLength(2)
})

test('what does not settle is unstable, with the reason, and the steadier measurement stands', async () => {
  for (const { status, reason, latency } of on(await cellsOn({ never: timing(() => true) }), 'never')) {
    expect(status).toBe('unstable')
    expect(reason).toMatch(/past the limit of 25%, in the steadier of two measurements$/)
    expect(latency?.samples.length).toBeGreaterThan(0)
  }
})
