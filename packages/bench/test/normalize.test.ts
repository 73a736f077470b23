import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Run } from '@octet/results'
import { modelFolder, openWorkload, saveFolder } from '@octet/workloads'
import { beforeAll, describe, expect, test } from 'vitest'
import { readRun } from '../src/store/run-folder.ts'
import { temporaryFolder } from './folder.ts'
import { inProcess, refusal, REFERENCE, setUp } from './session.ts'

/** weather-mlp's committed model, which says nothing of its normalization, beside its data as files. */
const MODEL = join(modelFolder('weather-mlp'), 'model_fp32.onnx')
const folder = temporaryFolder()
const DATA = ['eval', 'labels', 'calib'].flatMap((flag) => [
  `--${flag}`,
  join(folder, `${{ eval: 'x_eval', labels: 'y_eval', calib: 'x_calib' }[flag]}.npy`),
])
const QUICK = [
  ...REFERENCE,
  '--precision',
  'fp32',
  '--quick',
  '--samples',
  '5000',
  '--out',
  join(folder, 'results'),
]
let normalize = ''
let right = 0

beforeAll(async () => {
  const workload = await openWorkload('weather-mlp')
  saveFolder(workload, folder)
  right = workload.recorded!.value
  const { offset, scale } = workload.normalizer
  normalize = `offset=${offset.join(',')},scale=${scale.join(',')}`
})

async function bench(...args: string[]): Promise<{ run: Run; told: string; shown: string }> {
  const json = join(folder, 'run.json')
  const quick = [...DATA, ...QUICK, '--json', json, ...args]
  const { stdout, stderr } = await inProcess('bench', '--workload', MODEL, ...quick)
  return { run: readRun(json), told: stderr, shown: stdout }
}

const accuracy = ({ cells }: Run): number => cells[0].task!.value
const ids = ({ findings = [] }: Run): string[] => findings.map(({ id }) => id)

describe('a bare model', () => {
  test('whose normalization nothing states is wrong, and stderr, the table and the run say why', async () => {
    const { run, told, shown } = await bench()
    expect(accuracy(run)).toBeLessThan(0.6)
    expect(ids(run)).toEqual(['normalization-not-stated'])
    for (const text of [told, shown])
      expect(text).toContain('nothing says how the readings (float32) are normalized')
    expect(shown).toContain('--normalize offset=')
    expect(shown).toContain(
      'but nothing says how its readings are normalized: say it first, as by --normalize',
    )
  })

  test('gives the accuracy of its workload with --normalize, and warns of nothing', async () => {
    const { run, told } = await bench('--normalize', normalize, '--name', 'weather', '--classes', 'a,b,c,d,e')
    expect(accuracy(run)).toBe(right)
    expect(ids(run)).toEqual([])
    expect(told).not.toContain('octet:')
    expect(run.workloads[0]).toMatchObject({ id: 'weather', classes: ['a', 'b', 'c', 'd', 'e'] })
  })

  test('takes it from a manifest too', async () => {
    const { run } = await bench('--manifest', join(folder, 'manifest.json'))
    expect(accuracy(run)).toBe(right)
    expect(run.workloads[0].id).toBe('weather-mlp')
  })

  test('takes it from its own metadata, which a saved model has', async () => {
    const json = join(folder, 'run.json')
    await inProcess('bench', '--workload', join(folder, 'model_fp32.onnx'), ...DATA, ...QUICK, '--json', json)
    const run = readRun(json)
    expect(accuracy(run)).toBe(right)
    expect(run.workloads[0].notes.join()).toContain("as the model's metadata says (octet.normalize)")
  })

  test('that takes readings as they are by request does not warn of them', async () => {
    const { run } = await bench('--normalize', 'none')
    expect(accuracy(run)).toBeLessThan(0.6)
    expect(ids(run)).toEqual([])
  })

  test('that does no better than the largest class is warned of, in table, run and recommendation', async () => {
    const { run, shown } = await bench('--normalize', 'scale=1e-9')
    const share = run.workloads[0].baseline
    expect(accuracy(run)).toBeLessThan(share!)
    expect(run.findings).toMatchObject([
      { id: 'no-better-than-baseline', severity: 'warning', value: accuracy(run), threshold: share },
    ])
    expect(shown).toContain('no better than always answering the largest class (52.19%)')
  })

  test('is refused with flags that do not fit it', async () => {
    const refused = (...args: string[]): Promise<string> =>
      refusal('bench', '--workload', MODEL, ...DATA, ...QUICK, ...args)
    expect(await refused('--normalize', 'scale=0')).toContain('--normalize: scale: it must not be 0')
    expect(await refused('--normalize', 'scale=1,2')).toContain('scale has 2 values for 8 channels')
    expect(await refused('--name', '../../x')).toContain('"../../x" cannot be a name. give 1 to 60 letters')
    expect(await refused('--classes', 'a,b')).toContain('its output has 5 classes, the manifest names 2')
    expect(await refusal('bench', '--normalize', 'none', ...REFERENCE)).toContain(
      '--normalize goes with a MODEL.onnx',
    )
  })
})

test('any workload that does no better than the largest class is warned of', async () => {
  const cwd = setUp()
  const points = join(cwd, 'points')
  writeFileSync(
    join(points, 'manifest.json'),
    JSON.stringify({ name: 'points', input: { normalize: { offset: 0, scale: -1 } } }),
  )
  const json = join(cwd, 'run.json')
  const args = [...REFERENCE, '--precision', 'fp32', '--quick', '--out', join(cwd, 'results'), '--json', json]
  const { stdout } = await inProcess('bench', '--workload', points, ...args)
  expect(stdout).toContain('warning: no-better-than-baseline: FP32 has ')
  const { stderr } = await inProcess('plan', points)
  expect(stderr).toContain('octet: points: FP16 has ')
  expect(stderr).toContain('no better than always answering the largest class')
})
