import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { cacheFinding } from '../src/machine/cache.ts'
import { temporaryFolder } from './folder.ts'

test('doctor tells of a cache folder that cannot be written, by its name and with what to do', () => {
  const folder = temporaryFolder()
  expect(cacheFinding(join(folder, 'octet'))).toEqual({
    subject: 'cache',
    ok: true,
    detail: join(folder, 'octet'),
  })
  writeFileSync(join(folder, 'file'), '')
  const finding = cacheFinding(join(folder, 'file', 'octet'))
  expect(finding.ok).toBe(false)
  expect(finding.detail).toContain(`the cache folder ${join(folder, 'file', 'octet')} cannot be written (`)
  expect(finding.mend).toContain('XDG_CACHE_HOME')
})
