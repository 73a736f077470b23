import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Random } from '@octet/core/statistics'
import { type Cell, configurationKey } from '@octet/results'
import { formatNpy } from '@octet/workloads'
import { beforeAll, describe, expect, test } from 'vitest'
import { readyModel } from '../src/models/ready.ts'
import { openSource } from '../src/source/open.ts'
import { dynamicModel } from './dynamic-model.ts'
import { fault, inFolder, onlyRun, read, REFERENCE, setUp } from './session.ts'

let cwd = ''
beforeAll(async () => {
  cwd = setUp({ training: 90 })
  const { code } = await inFolder(cwd, 'quantize', 'points', '--out', 'given.onnx', '--calibration', 'minmax')
  expect(code).toBe(0)
})

const SHORT = [
  ...REFERENCE,
  '--quick',
  '--precision',
  'fp32,int8',
  '--calibration',
  'minmax',
  '--granularity',
  'per-channel',
  '--weight-bits',
  '8',
]
const AS_DELIVERED = 'delivered/int8/w8-symmetric-per-channel/a8-affine-per-tensor'

async function cellsOf(out: string, ...args: string[]): Promise<ReadonlyMap<string, Cell>> {
  const { code, stderr } = await inFolder(cwd, 'bench', ...args, ...SHORT, '--out', out)
  expect([code, stderr]).toEqual([0, expect.any(String)])
  return new Map(read(onlyRun(cwd, out)).cells.map((cell) => [configurationKey(cell), cell]))
}

describe('a model that came quantized', () => {
  test("is measured as delivered, beside Octet's own of the FP32 model", async () => {
    const cells = await cellsOf('beside', '--workload', 'points', '--quantized', 'given.onnx')
    const [given, own] = [AS_DELIVERED, 'ptq/int8/w8-symmetric-per-channel/a8-affine-per-tensor/minmax'].map(
      (key) => cells.get(key)!,
    )
    expect(given).toMatchObject({ method: 'delivered', calibration: 'as-delivered' })
    for (const { status } of [given, own]) expect(['ok', 'unstable']).toContain(status)
    // The file is what Octet made of the same model, so it computes the same integers.
    expect(given.task).toEqual(own.task)
    expect(given.fidelity).toEqual(own.fidelity)
    expect(given.memory?.weightBytes).toBe(own.memory?.weightBytes)
  })

  test('is measured as delivered and in FP32 where it is the workload itself', async () => {
    const data = [
      '--eval',
      'points/x_eval.npy',
      '--labels',
      'points/y_eval.npy',
      '--calib',
      'points/x_calib.npy',
    ]
    const files = [...data, '--manifest', 'points/manifest.json']
    const cells = await cellsOf('itself', '--workload', 'given.onnx', ...files)
    expect([...cells.keys()]).toEqual(['fp32', AS_DELIVERED])
    const [fp32, given] = cells.values()
    expect(given.task?.value).toBeCloseTo(fp32.task!.value)
  })

  test('with a grid for each sample is measured as delivered, in FP32 that computes its integers', async () => {
    writeFileSync(join(cwd, 'dynamic.onnx'), dynamicModel())
    const random = new Random(3)
    const data = Float32Array.from({ length: 20 * 16 }, () => 4 * random.uniform() - 1.5)
    writeFileSync(join(cwd, 'x16.npy'), formatNpy({ dtype: 'float32', shape: [20, 16], data }))
    const args = ['--workload', 'dynamic.onnx', '--eval', 'x16.npy', ...SHORT, '--out', 'dynamic']
    const { code, stderr } = await inFolder(cwd, 'bench', ...args)
    expect([code, stderr]).toEqual([0, expect.stringContaining('quantized already, with a grid for each')])
    expect(read(onlyRun(cwd, 'dynamic')).cells.map(configurationKey)).toEqual(['fp32'])
  })

  test('is raced in its own integers, with no data', async () => {
    const { programs, absent } = await readyModel(await openSource(join(cwd, 'given.onnx'), {}))
    expect([programs.map(({ precision }) => precision), absent]).toEqual([['int8', 'fp32'], []])
  })

  test('is refused by name where no layer of it computes in integers, or it is another model', async () => {
    const refused = async (path: string): Promise<string> =>
      fault(await inFolder(cwd, 'bench', '--workload', 'points', '--quantized', path, ...SHORT))
    expect(await refused('points/model_fp32.onnx')).toContain('no layer of it computes in integers')
    writeFileSync(join(cwd, 'per-sample.onnx'), dynamicModel())
    expect(await refused('per-sample.onnx')).toContain('it makes its grids for each sample')
    writeFileSync(join(cwd, 'broken.onnx'), 'no model')
    expect(await refused('broken.onnx')).toContain('broken.onnx')
    const twice = ['bench', '--workload', 'points,weather-mlp', '--quantized', 'given.onnx', ...SHORT]
    expect(fault(await inFolder(cwd, ...twice))).toContain('--quantized goes with one workload')
  })
})
