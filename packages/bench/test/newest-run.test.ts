import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { temporaryFolder } from './folder.ts'
import { cell, run } from './made-run.ts'
import { fault, inFolder, setUp } from './session.ts'

const [OLD, MIDDLE, NEW, CUT_OFF] = ['01', '02', '03', '04'].map((day) => `2026-01-${day}-000000-aaaa`)

describe('a verb that takes a run and is given none takes the newest', () => {
  let cwd = ''
  beforeAll(() => {
    cwd = temporaryFolder()
    for (const id of [OLD, MIDDLE, NEW]) {
      mkdirSync(join(cwd, 'results', id), { recursive: true })
      const calibrations = { [OLD]: ['mse'], [MIDDLE]: ['minmax'], [NEW]: ['minmax', 'entropy'] }[id]
      const cells = calibrations.map((calibration) => cell({ calibration }))
      writeFileSync(join(cwd, 'results', id, 'run.json'), JSON.stringify(run(id, cells)))
    }
    mkdirSync(join(cwd, 'results', CUT_OFF))
    writeFileSync(join(cwd, 'results', CUT_OFF, 'journal.ndjson'), '')
  })

  test('octet compare: the newest against the one before it, or against the one that is named', async () => {
    const both = await inFolder(cwd, 'compare')
    expect(both.stdout).toContain(MIDDLE)
    expect(both.stdout).toContain(NEW)
    expect(both.code).toBe(0)
    const named = await inFolder(cwd, 'compare', join('results', OLD))
    expect(named.stdout).toContain(OLD)
    expect(named.stdout).toContain(NEW)
    expect(named.code).toBe(1)
    const alone = await inFolder(cwd, 'compare', '--history', 'results', join('results', OLD))
    expect(alone.stdout).toBe(named.stdout)
  })

  test('octet quantize, octet recommend and octet report', async () => {
    expect(fault(await inFolder(cwd, 'quantize', '--out', 'q.onnx'))).toContain(join('results', NEW))
    const { stdout } = await inFolder(cwd, 'report', '--json', '-')
    expect(JSON.parse(stdout)).toMatchObject({ runs: [NEW] })
    expect((await inFolder(cwd, 'recommend')).stdout).toContain('digits: 2 cells of it are')
  })

  test('octet bench --resume: the newest that was cut off', async () => {
    expect(fault(await inFolder(cwd, 'bench', '--resume'))).toContain(join('results', CUT_OFF))
  })

  test('and says where it looked', async () => {
    const empty = temporaryFolder()
    const quantize = ['quantize', '--out', 'q.onnx']
    for (const verb of [['compare'], ['recommend'], ['report'], quantize, ['kernels', '--into']])
      expect(fault(await inFolder(empty, ...verb))).toContain('there is no finished run in results')
    expect(fault(await inFolder(empty, 'bench', '--resume'))).toContain(
      'there is no interrupted run in results',
    )
  })
})

test('--quiet leaves out what only tells what goes on, and keeps the answer', async () => {
  const cwd = setUp()
  const said = async (...more: string[]): Promise<string> => {
    const { code, stdout, stderr } = await inFolder(cwd, 'quantize', 'points', '--out', 'q.onnx', ...more)
    expect([code, stdout]).toEqual([0, expect.stringContaining('q.onnx')])
    return stderr
  }
  expect(await said()).toContain('calibrating on')
  expect(await said('--quiet')).toBe('')
})
