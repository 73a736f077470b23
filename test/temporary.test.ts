import { execFileSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { basename } from 'node:path'
import { expect, test } from 'vitest'

test('tests and their child processes share one temporary folder, which the run removes', () => {
  expect(basename(tmpdir())).toMatch(/^octet-tests-/)
  const child = execFileSync(process.execPath, ['-p', 'require("node:os").tmpdir()'], { encoding: 'utf8' })
  expect(child.trim()).toBe(tmpdir())
})
