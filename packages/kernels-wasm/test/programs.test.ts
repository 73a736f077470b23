import { faultOfProgram } from '@octet/core/conformance'
import { expect, test } from 'vitest'
import { devices } from './devices.ts'

const COUNT = process.env['OCTET_TESTS'] === 'long' ? 500 : 20

test.each(devices.map((device) => [device.info.name, device] as const))(
  `${COUNT} random programs have the reference's integers in full, %s`,
  async (_, device) => {
    for (let seed = 1; seed <= COUNT; seed++) expect(await faultOfProgram(device, seed)).toBeUndefined()
  },
  600_000,
)
