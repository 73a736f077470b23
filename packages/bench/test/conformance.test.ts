import { type Host, isDevice, type KernelPackage, precisionOf } from '@octet/core'
import { type CaseResult, type ConformanceCase, conformanceCases, judge } from '@octet/core/conformance'
import { afterAll, describe, expect, test } from 'vitest'
import { discoverKernels } from '../src/discover/kernels.ts'
import { workspaceRoot } from '../src/discover/workspace.ts'

/** Software adapters compile for seconds. */
const TIMEOUT_MS = 300_000
const HOST: Host = { runtime: 'node', adapter: 'auto' }

const groups = new Map<string, ConformanceCase[]>()
for (const one of conformanceCases()) {
  const name = `${one.spec.op} ${precisionOf(one.spec)}`
  groups.set(name, [...(groups.get(name) ?? []), one])
}

const { found, faults } = await discoverKernels(workspaceRoot())

test('every kernel package of this workspace can be loaded', () => {
  expect(faults).toEqual([])
})

for (const { name, kernels } of found)
  for (const adapter of await adaptersOf(kernels)) {
    const opened = await kernels.open({ ...HOST, adapter })
    if (!isDevice(opened)) {
      test.skip(`${name} on ${adapter}: ${opened.unavailable}`)
      continue
    }
    describe(`${name} on ${opened.info.id}`, () => {
      afterAll(async () => opened.dispose())

      test.each([...groups])(
        '%s',
        async (_, cases) => {
          const failed: string[] = []
          for (const one of cases) {
            const { status, detail }: Pick<CaseResult, 'status' | 'detail'> = await judge(opened, one)
            if (status === 'failed') failed.push(`${one.name}: ${detail}`)
          }
          expect(failed).toEqual([])
        },
        TIMEOUT_MS,
      )
    })
  }

/** Ids of the adapters that a package lists here; one that lists none is asked for its own choice. */
async function adaptersOf(kernels: KernelPackage): Promise<readonly string[]> {
  const listed = (await kernels.adapters?.(HOST)) ?? []
  return listed.length === 0 ? ['auto'] : listed.map(({ id }) => id)
}
