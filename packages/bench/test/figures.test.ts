import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseRun, type Run } from '@octet/results'
import { expect, test } from 'vitest'
import { temporaryFolder } from './folder.ts'
import { inProcess, onlyRun, read } from './session.ts'
import { timeless } from './timeless.ts'

const EXPECTED = new URL('../../results/test/fixtures/run-b933726.json', import.meta.url)

/** The figures of a run that follow from model, data and options alone. */
function figures(run: Run): object {
  const { run: _digests, machine: _place, ...rest } = timeless(run) as Record<string, unknown>
  return rest
}

test('a sweep with QAT gives the figures of the committed run, bit for bit', async () => {
  const expected = parseRun(JSON.parse(readFileSync(EXPECTED, 'utf8')))
  const cwd = temporaryFolder()
  const flags = expected.run.command.split(' ').slice(1)
  const { code } = await inProcess(...flags, '--out', join(cwd, 'results'))
  expect(code).toBe(0)
  expect(figures(read(onlyRun(cwd)))).toEqual(figures(expected))
})
