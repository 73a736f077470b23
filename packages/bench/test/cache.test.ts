import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { cacheCheck } from '../src/machine/cache.ts'
import { temporaryFolder } from './folder.ts'

test('doctor tells of a cache folder that cannot be written, by its name and with what to do', () => {
  const folder = temporaryFolder()
  expect(cacheCheck(join(folder, 'octet'))).toEqual({
    subject: 'cache',
    ok: true,
    detail: join(folder, 'octet'),
  })
  writeFileSync(join(folder, 'file'), '')
  const check = cacheCheck(join(folder, 'file', 'octet'))
  expect(check.ok).toBe(false)
  expect(check.detail).toContain(`the cache folder ${join(folder, 'file', 'octet')} cannot be written (`)
  expect(check.mend).toContain('XDG_CACHE_HOME')
})
