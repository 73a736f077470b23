import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Random } from '@octet/core/statistics'
import { formatNpy } from '@octet/workloads'
import { beforeAll, describe, expect, test } from 'vitest'
import { RUNTIMES_FOLDER } from '../src/certificate/runtime/install.ts'
import { openSource } from '../src/source/open.ts'
import { dynamicModel } from './dynamic-model.ts'
import { fault, inFolder, setUp } from './session.ts'

const INSTALLED = existsSync(join(RUNTIMES_FOLDER, 'node_modules', '.package-lock.json'))
const without = INSTALLED ? '' : ` (skipped: npm ci --ignore-scripts in ${RUNTIMES_FOLDER})`

let cwd = ''
beforeAll(async () => {
  cwd = setUp()
  await inFolder(cwd, 'quantize', 'points', '--out', 'given.onnx', '--no-certificate')
  writeFileSync(join(cwd, 'dynamic.onnx'), dynamicModel())
  const random = new Random(3)
  const data = Float32Array.from({ length: 20 * 16 }, () => 4 * random.uniform() - 1.5)
  writeFileSync(join(cwd, 'x16.npy'), formatNpy({ dtype: 'float32', shape: [20, 16], data }))
})

const GIVEN = ['given.onnx', '--eval', 'points/x_eval.npy']
const DYNAMIC = ['dynamic.onnx', '--eval', 'x16.npy']

interface Answer {
  readonly holds: boolean
  readonly vectors: number
  readonly tensors: { readonly compared: number; readonly equal: number; readonly left: number }
  readonly integers: number
  readonly output: unknown
}

async function verdictOf(runtime: string, args: readonly string[]): Promise<Answer> {
  const { code, stderr } = await inFolder(
    cwd,
    'verify',
    ...args,
    '--runtime',
    runtime,
    '--json',
    'verdict.json',
  )
  expect([code, stderr]).toEqual([0, expect.any(String)])
  return JSON.parse(readFileSync(join(cwd, 'verdict.json'), 'utf8')) as Answer
}

describe('octet verify without a certificate', () => {
  test.each([
    ['in QDQ form', GIVEN, 3],
    ['that makes its grids for each sample', DYNAMIC, 2],
  ])('reads the integers that a model %s means', async (_, args, tensors) => {
    const { vectors, ...verdict } = await verdictOf('octet', args)
    expect(verdict).toMatchObject({ holds: true, output: null })
    expect(verdict.tensors).toMatchObject({ compared: tensors, equal: tensors, left: 0 })
    expect(vectors).toBe(8)
    expect(verdict.integers).toBeGreaterThan(0)
  })

  test('needs no labels for a manifest that names a task of labels', async () => {
    const manifest = { task: 'classification', classes: ['first', 'second', 'third'] }
    writeFileSync(join(cwd, 'classes.json'), JSON.stringify(manifest))
    const { vectors, ...verdict } = await verdictOf('octet', [...GIVEN, '--manifest', 'classes.json'])
    expect(verdict).toMatchObject({ holds: true, output: null })
    expect(vectors).toBe(8)
  })

  test('is said of grids for each sample when the model is opened', async () => {
    const { notes } = await openSource(join(cwd, 'dynamic.onnx'), {})
    expect(notes.join()).toContain('a grid for each sample')
    expect((await openSource(join(cwd, 'given.onnx'), {})).notes.join()).not.toContain(
      'a grid for each sample',
    )
  })

  test.skipIf(!INSTALLED)(`holds ONNX Runtime against them${without}`, async () => {
    expect((await verdictOf('ort-node', GIVEN)).output).toBeNull()
    const { tensors } = await verdictOf('ort-node', DYNAMIC)
    expect(tensors).toMatchObject({ compared: 2, equal: 2 })
  })

  test('refuses a model in floats, and samples beside a certificate, in one line', async () => {
    const refused = async (...args: string[]): Promise<string> =>
      fault(await inFolder(cwd, 'verify', ...args))
    expect(await refused('points/model_fp32.onnx', '--eval', 'points/x_eval.npy')).toContain(
      'no layer of the model',
    )
    expect(await refused(...GIVEN, '--another-model')).toContain('leave --another-model out')
    expect(await refused('given.onnx', '--task', 'regression')).toMatch(
      /--task describes samples, and a certificate already has samples\. give samples with --eval or --calib, or leave/,
    )
    expect(await refused('given.onnx', 'some.json', '--eval', 'points/x_eval.npy')).toContain(
      'some.json already has inputs, and --eval gives others',
    )
  })
})
