import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { MixedModel } from '@octet/core'
import { configurationName, recommend } from '@octet/results'
import { type Workload, WriteFault } from '@octet/workloads'
import { beforeAll, describe, expect, test } from 'vitest'
import { keepQuantized } from '../src/quantize/keep.ts'
import { plannedConfiguration } from '../src/quantize/plan.ts'
import { temporaryFolder } from './folder.ts'
import { fault, inFolder, onlyRun, read, REFERENCE, setUp } from './session.ts'

let cwd = ''
beforeAll(() => {
  cwd = setUp()
  const plan = { best: { layers: { hidden: 'fp16', classes: 'w4a8' } } }
  writeFileSync(join(cwd, 'mixed.json'), JSON.stringify(plan))
  writeFileSync(join(cwd, 'other.json'), JSON.stringify({ best: { layers: { other: 'int8' } } }))
})

const POINTS = ['--workload', 'points', ...REFERENCE, '--quick']
const FLOATS = ['--precision', 'fp32,fp16']

describe('octet bench --plan', () => {
  test('times, scores and keeps a mixed model, which octet quantize writes from the run', async () => {
    const to = ['--out', 'runs', '--save', 'kept']
    const { code, stderr } = await inFolder(cwd, 'bench', ...POINTS, ...FLOATS, '--plan', 'mixed.json', ...to)
    expect([code, stderr]).toEqual([0, expect.any(String)])
    expect(stderr).not.toContain('is not kept')
    const run = read(onlyRun(cwd, 'runs'))
    const [fp32, fp16, mixed] = run.cells
    expect(run.cells.map(configurationName)).toEqual([
      'FP32',
      'FP16',
      'mixed precision (1 FP16, 1 4-bit), minmax',
    ])
    expect(mixed).toMatchObject({ method: 'plan', layers: { hidden: 'fp16', classes: 'w4a8' } })
    expect(mixed.latency?.median).toBeGreaterThan(0)
    expect(mixed.task?.samples).toBe(fp32.task?.samples)
    expect(mixed.memory!.weightBytes).toBeLessThan(fp16.memory!.weightBytes)
    expect(fp16.fidelity!.sqnrDb).toBeGreaterThan(mixed.fidelity!.sqnrDb!)

    const written = await inFolder(
      cwd,
      'quantize',
      `${onlyRun(cwd, 'runs')}:${mixed.key}`,
      '--out',
      'mixed.onnx',
      '--json',
      'mixed-account.json',
    )
    expect([written.code, written.stderr]).toEqual([0, expect.any(String)])
    const verified = await inFolder(cwd, 'verify', 'mixed.onnx', '--runtime', 'octet')
    expect(verified.code).toBe(0)
  })

  test('lets recommend choose it where it alone is small enough', async () => {
    const run = read(onlyRun(cwd, 'runs'))
    const [, , mixed] = run.cells
    const { choices } = recommend(run, {
      maxBytes: mixed.memory!.weightBytes,
      maxLoss: { classification: 1 },
    })
    expect(choices[0].cell?.method).toBe('plan')
    expect(choices[0].sentence).toContain('mixed precision (1 FP16, 1 4-bit)')
  })

  test('says where a model cannot be kept', () => {
    const save = temporaryFolder()
    mkdirSync(join(save, 'points'))
    writeFileSync(join(save, 'points', 'quantized'), '')
    const configuration = plannedConfiguration({ hidden: 'fp16', classes: 'w4a8' })
    const [workload, model] = [{ id: 'points' } as Workload, { precision: 'mixed' } as MixedModel]
    const keep = (): void => keepQuantized(save, workload, model, configuration, 1)
    expect(keep).toThrow(WriteFault)
    expect(keep).toThrow(/^cannot make \S+quantized\S+: /)
  })

  test('refuses a plan of another model, and several workloads, in one line', async () => {
    const refused = async (...args: string[]): Promise<string> =>
      fault(await inFolder(cwd, 'bench', ...args, ...REFERENCE, '--out', 'none'))
    expect(await refused('--workload', 'points', '--plan', 'other.json')).toContain('names layer "other"')
    expect(await refused('--workload', 'points,weather-mlp', '--plan', 'mixed.json')).toContain(
      'one workload',
    )
  })
})
