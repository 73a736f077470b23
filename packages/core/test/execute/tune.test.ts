import { expect, test } from 'vitest'
import { load } from '../../src/execute/load.ts'
import { lower } from '../../src/execute/lower.ts'
import { tunePrograms } from '../../src/execute/tune.ts'
import type { KernelDevice } from '../../src/kernel/contract.ts'
import { overlay } from '../../src/kernel/overlay.ts'
import { modelOf } from '../../src/model/layers.ts'
import { openReference } from '../../src/reference/device.ts'
import { GraphBuilder } from '../model/graphs.ts'

const NORMALIZER = { offset: Float32Array.of(0), scale: Float32Array.of(1) }

function programOf(batch: number) {
  const build = new GraphBuilder(5)
  build.gemm('second', build.relu('r', build.gemm('first', 'x', 4, 3)), 2, 4)
  return lower({ precision: 'fp32', model: modelOf(build.graph([3])) }, { batch, normalizer: NORMALIZER })
}

/** A device that notes what it tunes. */
function tunable(rest: Partial<KernelDevice>) {
  const noted: unknown[] = []
  const device = overlay(openReference(), {
    tune: async (specs, { budgetMs }) => {
      noted.push([specs.length, budgetMs])
      return specs.map((spec) => ({ spec, variant: 'v', source: 'default', rejected: [] }))
    },
    tuneProgram: async ({ steps }) => void noted.push(steps.length),
    ...rest,
  })
  return { device, noted }
}

test('the ops of all programs are tuned first, each once, then the programs', async () => {
  const compile = async (): Promise<never> => expect.fail('nothing is compiled here')
  const { device, noted } = tunable({ compile })
  const programs = [programOf(1), programOf(2), programOf(1)]
  const tuned = await tunePrograms(programs, device, { budgetMs: 5 })
  const ops = new Set(programs.flatMap(({ steps }) => steps.map(({ spec }) => JSON.stringify(spec))))
  expect(noted).toEqual([[ops.size, 5], ...programs.map(({ steps }) => steps.length)])
  expect(tuned).toHaveLength(ops.size)
})

test('programs that the device does not compile are left alone, and a loaded program is not tuned', async () => {
  const { device, noted } = tunable({})
  await tunePrograms([programOf(1)], device, { budgetMs: 5 })
  expect(noted).toHaveLength(1)
  await (await load(programOf(1), device)).dispose()
  expect(noted).toHaveLength(1)
})

test('a device without variants has no results', async () => {
  expect(await tunePrograms([programOf(1)], openReference(), { budgetMs: 5 })).toEqual([])
})
