import { type KernelDevice, overlay } from '@octet/core'
import { faultOfProgram } from '@octet/core/conformance'
import { afterAll, describe, expect, test } from 'vitest'
import { adapters, open } from './adapters.ts'
import { LONG } from './tier.ts'

/** The long tier draws 100; OCTET_FUZZ_RUNS=500 takes some minutes more. */
const COUNT = LONG ? Number(process.env['OCTET_FUZZ_RUNS'] ?? 100) : 3
const SEEDS = Array.from({ length: COUNT }, (_, i) => i + 1)
const WAYS = ['joined', 'list', 'whole']

/** The device, which joins the steps of programs in this way where it can. */
function joining(device: KernelDevice, way: string, joined: Set<string>): KernelDevice {
  return overlay(device, {
    compile: (list) => {
      if (!device.compilations!(list).includes(way)) return device.compile!(list)
      joined.add(way)
      return device.compile!(list, way)
    },
  })
}

describe.each(adapters)('random programs on $id', async ({ id }) => {
  const device = await open(id)
  const joined = new Set<string>()
  afterAll(async () => device.dispose())

  test.each(SEEDS)(
    'program %i has the integers of the reference, however its steps are joined',
    async (seed) => {
      for (const way of WAYS)
        expect(await faultOfProgram(joining(device, way, joined), seed), way).toBe(undefined)
    },
    600_000,
  )

  test('some programs were joined in every way', () => {
    expect([...joined].toSorted()).toEqual(WAYS)
  })
})
