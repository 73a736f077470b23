import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseRun, type Run } from '@octet/results'
import { expect, test } from 'vitest'
import { temporaryFolder } from './folder.ts'
import { inProcess, onlyRun, read } from './session.ts'
import { timeless } from './timeless.ts'

const EXPECTED = new URL('../../results/test/fixtures/run-b933726.json', import.meta.url)

/**
 * The figures of a run that follow from model, data and options alone. How many bytes a device holds is a matter of
 * how its package lays out what it holds.
 */
function figures(run: Run): object {
  const cells = run.cells.map(({ memory, ...cell }) => ({
    ...cell,
    ...(memory && { memory: { ...memory, residentWeightBytes: 0, deviceBytes: 0 } }),
  }))
  const { run: _digests, machine: _place, ...rest } = timeless({ ...run, cells }) as Record<string, unknown>
  return rest
}

function bytesHeld({ cells }: Run): number[] {
  return cells.map(({ memory }) => memory!.deviceBytes)
}

test('a sweep with QAT gives the figures of the committed run, bit for bit', async () => {
  const expected = parseRun(JSON.parse(readFileSync(EXPECTED, 'utf8')))
  const cwd = temporaryFolder()
  const flags = expected.run.command.split(' ').slice(1)
  const { code } = await inProcess(...flags, '--out', join(cwd, 'results'))
  expect(code).toBe(0)
  const run = read(onlyRun(cwd))
  // What runs record since then stands beside those figures.
  expect(figures(run)).toMatchObject(figures(expected))
  const before = bytesHeld(expected)
  for (const [i, bytes] of bytesHeld(run).entries()) expect(bytes).toBeLessThanOrEqual(before[i])
})
