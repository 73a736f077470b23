import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { inFolder, onlyRun, read, REFERENCE, setUp } from './session.ts'

const NARROW = [
  '--precision',
  'int8',
  '--granularity',
  'per-channel',
  '--calibration',
  'minmax',
  '--weight-bits',
  '8',
  '--tune',
  '0',
]

test('a sweep says how many calibration samples are enough, and a quick one leaves that out', async () => {
  const cwd = setUp()
  const sweep = ['bench', '--workload', 'points', ...NARROW, ...REFERENCE]
  const { stdout } = await inFolder(cwd, ...sweep)
  const folder = onlyRun(cwd)
  const [found, ...others] = read(folder).sufficiency!
  expect(others).toEqual([])
  expect(found).toMatchObject({ workload: 'points', calibration: 'minmax', draws: 4, figure: 'loss' })
  const sizes = found.points.map(({ samples }) => samples)
  expect(sizes.at(-1)).toBe(found.calibrationSamples)
  expect(sizes[0]).toBeGreaterThanOrEqual(found.calibrationSamples / 16)
  expect(found.sufficiency!.doubts.map(({ samples }) => samples)).toEqual(sizes)
  expect(stdout).toContain(`calibration samples: minmax: `)

  // A run that is cut off behind it does not draw again.
  const journal = join(folder, 'journal.ndjson')
  const lines = readFileSync(journal, 'utf8').split('\n')
  const drawn = lines.findIndex((line) => line.startsWith('{"kind":"sufficiency"'))
  writeFileSync(
    journal,
    lines
      .map((line) => `${line}\n`)
      .slice(0, drawn + 1)
      .join(''),
  )
  expect((await inFolder(cwd, 'bench', '--resume', folder, '--no-report')).code).toBe(0)
  expect(readFileSync(journal, 'utf8').match(/"kind":"sufficiency"/g)).toHaveLength(1)
  expect(read(folder).sufficiency).toEqual([found])

  expect((await inFolder(cwd, ...sweep, '--quick', '--out', 'quick')).stdout).not.toContain(
    'calibration samples:',
  )
  expect(read(onlyRun(cwd, 'quick')).sufficiency).toBeUndefined()
})
