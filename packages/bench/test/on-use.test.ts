import { expect, test } from 'vitest'
import { onUse } from '../src/browser/on-use.ts'

const missing = (name: string): Error =>
  Object.assign(new Error(`Cannot find package '${name}' imported from /app/bundle.js`), {
    code: 'ERR_MODULE_NOT_FOUND',
  })

test('a package that a browser host needs and lacks is named, with the command that installs it', async () => {
  await expect(onUse('vite', () => Promise.reject(missing('vite')))).rejects.toMatchObject({
    message: 'the package vite is not installed, and a run in a browser needs it',
    mend: 'npm install --save-dev vite',
  })
})

test('a package that is installed and lacks one of its own says which', async () => {
  await expect(onUse('vite', () => Promise.reject(missing('rolldown')))).rejects.toThrow("'rolldown'")
  expect(await onUse('vite', () => Promise.resolve(1))).toBe(1)
})
