import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import type { Run } from '@octet/results'
import { expect, test } from 'vitest'
import { inProcess, onlyRun, read, setUp } from './session.ts'
import { timeless } from './timeless.ts'

const several = availableParallelism() > 1

/** Sweeps the little workload on one of wasm's adapters; the cells come without the adapter's name. */
async function sweptOn(adapter: string): Promise<object> {
  const cwd = setUp({ training: 300 })
  const places = ['--workload', join(cwd, 'points'), '--out', join(cwd, 'results'), '--no-report', '--quick']
  const sweep = ['--method', 'ptq,qat', '--qat-steps', '20', '--calibration', 'minmax,entropy']
  const { code } = await inProcess('bench', ...places, ...sweep, '--kernels', 'wasm', '--adapter', adapter)
  expect(code).toBe(0)
  const { machine: _, ...run } = read(onlyRun(cwd))
  const { optionsHash, ...rest } = run.run
  expect(optionsHash).toMatch(/^\w+$/)
  const nameless = JSON.stringify({ ...run, run: rest }).replaceAll('wasm-1-thread', 'wasm')
  return timeless(JSON.parse(nameless) as Run)
}

test.skipIf(!several)(
  'one thread and several give the same accuracy, decibels, bytes, layers and trainings' +
    (several ? '' : ' (skipped: there is one core)'),
  async () => {
    const [first, again, alone] = [
      await sweptOn('wasm'),
      await sweptOn('wasm'),
      await sweptOn('wasm-1-thread'),
    ]
    expect(again).toEqual(first)
    expect(alone).toEqual(first)
  },
)
