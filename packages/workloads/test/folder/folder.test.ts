import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { tensor } from '@octet/core'
import { describe, expect, it } from 'vitest'
import { formatNpy, openModel, openWorkload, sizeOf } from '../../src/index.ts'
import { temporaryFolder } from '../temporary.ts'
import { GRAPH, MANIFEST, folderWith, labels, refusal, rows } from './tiny-folder.ts'

describe('a workload folder', () => {
  it('opens as its files say', async () => {
    const workload = await openWorkload(await folderWith())
    expect(workload).toMatchObject({
      id: 'tiny',
      classes: ['a', 'b', 'c'],
      licence: 'CC0',
      input: [2],
      normalizer: { offset: Float32Array.of(1, 2), scale: Float32Array.of(0.5) },
      notes: ['made for a test'],
      baseline: 0.4,
      recorded: { value: 0.5, samples: 10 },
    })
    expect(workload.graph).toStrictEqual(GRAPH)
    expect(sizeOf(workload.calibration)).toBe(4)
    expect(workload.evaluation.y).toHaveLength(10)
    expect(workload.training).toBeUndefined()
  })

  it('evaluates no sample that calibrates, and says so', async () => {
    const workload = await openWorkload(await folderWith({ 'x_calib.npy': rows(0, 2) }))
    expect(workload.evaluation.y).toStrictEqual(Int32Array.of(2, 0, 1, 2, 0, 1, 2, 0))
    expect(workload.notes[0]).toBe(
      '2 of 10 evaluation samples are left out, as they also occur in the calibration data',
    )
    expect(workload.recorded).toStrictEqual({ value: 0.25, samples: 8 })
  })

  it('loads training samples when asked, and calibrates with them where nothing else is given', async () => {
    const folder = await folderWith({
      'x_calib.npy': undefined,
      'x_train.npy': rows(200, 6),
      'y_train.npy': labels([0, 0, 1, 1, 2, 2]),
    })
    const workload = await openWorkload(folder)
    expect((await workload.training!()).y).toStrictEqual(Int32Array.of(0, 0, 1, 1, 2, 2))
    expect(sizeOf(workload.calibration)).toBe(6)
    expect(workload.notes[0]).toContain('x_train.npy')
  })

  it('without calibration data sets evaluation samples aside, and says so', async () => {
    const workload = await openWorkload(await folderWith({ 'x_calib.npy': undefined }))
    expect(sizeOf(workload.calibration)).toBe(2)
    expect(workload.evaluation.y).toHaveLength(8)
    expect(workload.notes[0]).toContain('2 of 10 evaluation samples calibrate instead')
    expect(workload.recorded).toBeUndefined()
  })

  it('has no recorded accuracy where it was measured over other samples', async () => {
    const manifest = { ...MANIFEST, measured_somehow: { fp32: { acc: 0.5, n: 999 } } }
    expect(
      (await openWorkload(await folderWith({ 'manifest.json': JSON.stringify(manifest) }))).recorded,
    ).toBeUndefined()
  })

  it.each([
    ['model_fp32.onnx', undefined, 'model_fp32.onnx is missing'],
    ['x_eval.npy', undefined, 'x_eval.npy is missing'],
    ['manifest.json', undefined, 'manifest.json is missing'],
    ['x_train.npy', rows(0, 2), 'of x_train.npy and y_train.npy, one is missing'],
    ['model_fp32.onnx', 'not a model', 'model_fp32.onnx: the bytes are not an ONNX model'],
    ['x_eval.npy', 'not an array', 'x_eval.npy: not an NPY file'],
    [
      'x_eval.npy',
      formatNpy(tensor('float32', [10, 3])),
      "samples have shape [3], the model's input takes [2]",
    ],
    ['x_eval.npy', formatNpy(tensor('float32', [0, 2])), 'x_eval.npy: it holds no samples'],
    ['x_eval.npy', formatNpy(tensor('uint8', [10, 2])), 'stored as uint8, the manifest says float32'],
    [
      'x_eval.npy',
      formatNpy(tensor('float32', [10, 2], new Float32Array(20).fill(NaN, 7))),
      'x_eval.npy: NaN at [3, 1]',
    ],
    ['y_eval.npy', labels([0, 1]), '2 labels for 10 samples'],
    [
      'y_eval.npy',
      labels([0, 1, 2, 0, 1, 3, 0, 1, 2, 0]),
      "label 3 at [5] is not one of the model's classes 0 to 2",
    ],
    [
      'y_eval.npy',
      formatNpy(tensor('float32', [10], new Float32Array(10).fill(0.5))),
      'label 0.5 at [0] is not a whole number',
    ],
    ['x_calib.npy', formatNpy(tensor('float32', [0, 2])), 'x_calib.npy: it holds no samples'],
    [
      'x_calib.npy',
      formatNpy(tensor('float32', [4, 2], new Float32Array(8).fill(Infinity, 5))),
      'x_calib.npy: Infinity at [2, 1]',
    ],
    ['x_calib.npy', formatNpy(tensor('uint8', [4, 2])), 'stored as uint8'],
    ['x_calib.npy', rows(0, 10), 'every sample is also in'],
    ['manifest.json', '{', 'manifest.json: not JSON'],
    [
      'manifest.json',
      JSON.stringify({ ...MANIFEST, input: { normalize: { offset: 'none', scale: 1 } } }),
      'manifest.json: input.normalize.offset',
    ],
    [
      'manifest.json',
      JSON.stringify({ ...MANIFEST, input: { normalize: { offset: [1, 2, 3], scale: 1 } } }),
      'input.normalize.offset has 3 values for 2 channels',
    ],
    ['manifest.json', JSON.stringify({ ...MANIFEST, task: '' }), 'manifest.json: task'],
    [
      'manifest.json',
      JSON.stringify({ ...MANIFEST, input: { layout: 'NHWC' } }),
      'manifest.json: input.layout',
    ],
    [
      'manifest.json',
      JSON.stringify({ ...MANIFEST, classes: ['a', 'b'] }),
      'output has 3 classes, the manifest names 2',
    ],
  ])('is refused in one line when %s is wrong', async (name, content, message) => {
    const refused = await refusal(openWorkload(await folderWith({ [name]: content })))
    expect(refused.message).toContain(message)
    expect(refused.message).not.toContain('\n')
    expect(`${refused.message} ${refused.mend}`).toContain(name)
    expect(refused.mend).toMatch(/\w{3}/)
  })

  it.each([0, [0.5, 0], 1e-60])('whose scale is %j is refused by name', async (scale) => {
    const manifest = { ...MANIFEST, input: { normalize: { offset: 0, scale } } }
    const { message, mend } = await refusal(
      openWorkload(await folderWith({ 'manifest.json': JSON.stringify(manifest) })),
    )
    expect(message).toMatch(/manifest\.json: input\.normalize\.scale(\.1)?: it must not be 0 in float32/)
    expect(mend).toContain('packages/workloads/README.md')
  })

  it.each(['../../..', '/some/x', 'a/b', '', '.', 'nul', 'x'.repeat(300), '\u001B[2J', 'a\u202Eb', 'a\0'])(
    'called %j is refused by the rule for names',
    async (name) => {
      const { message } = await refusal(
        openWorkload(await folderWith({ 'manifest.json': JSON.stringify({ ...MANIFEST, name }) })),
      )
      expect(message).toMatch(/manifest\.json: name: ".* cannot be a name: give 1 to 60 letters/)
    },
  )

  it('that is not there, or is a file, is refused', async () => {
    const folder = await temporaryFolder()
    expect((await refusal(openWorkload(join(folder, 'nowhere')))).mend).toContain('mnist-cnn')
    await writeFile(join(folder, 'file'), '')
    expect((await refusal(openWorkload(join(folder, 'file')))).message).toContain('is not a folder')
  })

  it('whose normalizer float32 cannot hold is refused', async () => {
    const manifest = { ...MANIFEST, input: { normalize: { offset: 0, scale: 1e300 } } }
    const refused = await refusal(
      openWorkload(await folderWith({ 'manifest.json': JSON.stringify(manifest) })),
    )
    expect(refused.message).toContain('input.normalize.scale')
  })

  it('whose file is a folder is refused', async () => {
    const folder = await folderWith()
    await rm(join(folder, 'x_eval.npy'))
    await mkdir(join(folder, 'x_eval.npy'))
    expect((await refusal(openWorkload(folder))).message).toContain('cannot be read (EISDIR)')
  })
})

it('what a folder says about itself is shown inert', async () => {
  const hostile = '\u001B[2J\r\u202Ex\nFAILS'
  const manifest = {
    ...MANIFEST,
    classes: ['a', 'b', hostile],
    task: hostile,
    source: hostile,
    license: hostile,
    note: hostile,
  }
  const workload = await openWorkload(await folderWith({ 'manifest.json': JSON.stringify(manifest) }))
  const { classes, description, source, licence, notes } = workload
  expect(new Set([classes[2], description, source, licence, notes[0]])).toEqual(
    new Set([String.raw`\u{1b}[2J\r\u{202e}x\nFAILS`]),
  )
})

describe('a model with explicit files', () => {
  it('takes readings unchanged and numbers its classes where there is no manifest', async () => {
    const folder = await folderWith()
    const workload = await openModel({
      model: join(folder, 'model_fp32.onnx'),
      evaluation: join(folder, 'x_eval.npy'),
      labels: join(folder, 'y_eval.npy'),
      calibration: join(folder, 'x_calib.npy'),
    })
    expect(workload).toMatchObject({
      id: 'model_fp32',
      classes: ['0', '1', '2'],
      normalizer: { offset: Float32Array.of(0), scale: Float32Array.of(1) },
    })
  })

  it('widens 16-bit integer readings to float32', async () => {
    const folder = await folderWith({
      'x_eval.npy': formatNpy(tensor('int32', [10, 2], new Int32Array(20).fill(-4096))),
    })
    const workload = await openModel({
      model: join(folder, 'model_fp32.onnx'),
      evaluation: join(folder, 'x_eval.npy'),
      labels: join(folder, 'y_eval.npy'),
    })
    expect(workload.evaluation.x.dtype).toBe('float32')
  })
})

describe('what a folder says', () => {
  it('is an object: a list has no fields', async () => {
    const { message } = await refusal(openWorkload(await folderWith({ 'manifest.json': '[]' })))
    expect(message).toMatch(/manifest\.json: the whole: Invalid type: Expected Object but received Array$/)
  })

  it('is one class a sample: scores of each class are refused, a column is read', async () => {
    const table = (columns: number): Uint8Array => formatNpy(tensor('uint8', [10, columns]))
    const { mend } = await refusal(openWorkload(await folderWith({ 'y_eval.npy': table(3) })))
    expect(mend).toContain('y.argmax(-1)')
    const { task, evaluation } = await openWorkload(await folderWith({ 'y_eval.npy': table(1) }))
    expect([task, evaluation.y]).toEqual(['classification', new Int32Array(10)])
  })
})
