import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { tensor } from '@octet/core'
import { formatNpy } from '@octet/workloads'
import { describe, expect, test } from 'vitest'
import { temporaryFolder, writeWorkload } from './folder.ts'
import { inFolder, onlyRun, read, REFERENCE } from './session.ts'

const NARROW = ['--precision', 'fp32,int8', '--calibration', 'minmax', '--weight-bits', '8', '--quick']

/** A folder to run in, and in `points` a model of three classes with its data. */
function setUp(): string {
  const cwd = temporaryFolder()
  mkdirSync(join(cwd, 'points'))
  writeWorkload(join(cwd, 'points'))
  return cwd
}

/** The flags for the model by itself, without labels. */
const bare = [
  '--workload',
  'points/model_fp32.onnx',
  '--eval',
  'points/x_eval.npy',
  '--calib',
  'points/x_calib.npy',
]

describe('a model of several outputs without labels', () => {
  test('ends in a table of how near its outputs come to those of FP32, and says so', async () => {
    const cwd = setUp()
    const { code, stdout, stderr } = await inFolder(cwd, 'bench', ...bare, ...NARROW, ...REFERENCE)
    expect([code, stderr]).toEqual([
      0,
      expect.stringContaining('there are no labels, so no accuracy is computed'),
    ])
    expect(stdout).toContain('output SQNR on 60 of 60 samples; there are no labels and so no accuracy')
    const { workloads, cells } = read(onlyRun(cwd))
    expect(workloads[0]).toMatchObject({ task: 'none', classes: [] })
    expect(cells[1].fidelity).toMatchObject({ agreement: expect.any(Number) as number })
    rmSync(join(cwd, 'results'), { recursive: true })
    rmSync(join(cwd, 'points', 'y_eval.npy'))
    expect((await inFolder(cwd, 'bench', '--workload', 'points', ...NARROW, ...REFERENCE)).code).toBe(0)
  })

  test('is judged by the cosine of its outputs as features, by a flag or by its manifest, and has a plan', async () => {
    const cwd = setUp()
    const { stdout } = await inFolder(cwd, 'bench', ...bare, '--task', 'features', ...NARROW, ...REFERENCE)
    expect(stdout).toMatch(/cosine +distance \[95%\]/)
    expect(stdout).toMatch(/Ship INT8.*1\.0000 cosine to FP32's outputs on 60 samples, 0\.0000\d+ below FP32/)
    const { cells } = read(onlyRun(cwd))
    expect(cells[0].task).toMatchObject({ id: 'features', value: 1, loss: 0 })
    expect(cells[1].task!.loss).toBeGreaterThan(0)
    const manifest = join(cwd, 'points', 'manifest.json')
    const said = JSON.parse(readFileSync(manifest, 'utf8')) as object
    writeFileSync(manifest, JSON.stringify({ ...said, task: 'features' }))
    expect((await inFolder(cwd, 'plan', 'points')).stdout).toMatch(
      /Plan: .* of weights, (1\.0000|0\.99\d+), a distance of/,
    )
  })
})

test('labels may be one-hot floats or a column; one line refuses what fits no task, with what to say', async () => {
  const cwd = setUp()
  const labels = join(cwd, 'points', 'y_eval.npy')
  const save = (shape: readonly number[], at: (i: number) => number): void =>
    writeFileSync(
      labels,
      formatNpy(
        tensor(
          'float32',
          shape,
          Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => at(i)),
        ),
      ),
    )
  const run = (): ReturnType<typeof inFolder> =>
    inFolder(cwd, 'bench', ...bare, '--labels', labels, ...NARROW, ...REFERENCE)
  save([60, 3], (i) => Number(i % 3 === Math.floor(i / 3) % 3))
  const { code, stderr } = await run()
  expect([code, stderr]).toEqual([0, expect.stringContaining('judged as classification')])
  save([60, 2], (i) => i)
  expect((await run()).stderr).toMatch(/labels \[60, 2\] fit no task of a model with 3 outputs\. .*--task/)
  save([60, 1], (i) => i / 100)
  expect((await run()).stderr).toMatch(/y_eval\.npy: label 0\.0\d+ at \[1\] is not a whole number/)
})
