import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type Host, isDevice, type KernelPackage, precisionOf } from '@octet/core'
import { type CaseResult, type ConformanceCase, conformanceCases, judge } from '@octet/core/conformance'
import { afterAll, describe, expect, test } from 'vitest'
import { discoverKernels } from '../src/discover/kernels.ts'
import { workspaceRoot } from '../src/discover/workspace.ts'
import { sample } from '../src/vet/sample.ts'

const HOST: Host = { runtime: 'node', adapter: 'auto' }

const ALL = conformanceCases()

/**
 * Whether the package's own tests go through the kit. The first tier then has one case of every kernel here, on one
 * adapter; the long tier has all.
 */
function isSampled(folder: string): boolean {
  return process.env['OCTET_TESTS'] !== 'long' && existsSync(join(folder, 'test', 'conformance.test.ts'))
}

function groupsFor(folder: string): Map<string, ConformanceCase[]> {
  const groups = new Map<string, ConformanceCase[]>()
  for (const one of isSampled(folder) ? sample(ALL) : ALL) {
    const name = `${one.spec.op} ${precisionOf(one.spec)}`
    groups.set(name, [...(groups.get(name) ?? []), one])
  }
  return groups
}

const { found, faults } = await discoverKernels([workspaceRoot()])

test('every kernel package of this workspace can be loaded', () => {
  expect(faults).toEqual([])
})

for (const { name, folder, kernels } of found) {
  const adapters = await adaptersOf(kernels)
  for (const adapter of isSampled(folder) ? adapters.slice(0, 1) : adapters) {
    const opened = await kernels.open({ ...HOST, adapter })
    if (!isDevice(opened)) {
      test.skip(`${name} on ${adapter}: ${opened.unavailable}`)
      continue
    }
    describe(`${name} on ${opened.info.id}`, () => {
      afterAll(async () => opened.dispose())

      test.each([...groupsFor(folder)])('%s', async (_, cases) => {
        const failed: string[] = []
        for (const one of cases) {
          const { status, detail }: Pick<CaseResult, 'status' | 'detail'> = await judge(opened, one)
          if (status === 'failed') failed.push(`${one.name}: ${detail}`)
        }
        expect(failed).toEqual([])
      })
    })
  }
}

/** Ids of the adapters that a package lists here; one that lists none is asked for its own choice. */
async function adaptersOf(kernels: KernelPackage): Promise<readonly string[]> {
  const listed = (await kernels.adapters?.(HOST)) ?? []
  return listed.length === 0 ? ['auto'] : listed.map(({ id }) => id)
}
