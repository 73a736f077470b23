import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import {
  AFFINE_INT8,
  Calibration,
  modelOf,
  SYMMETRIC_INT8,
  tensor,
  type Graph,
  type QuantizedModel,
} from '@octet/core'
import { Random } from '@octet/core/statistics'
import { GraphBuilder } from '@octet/train'
import { exportOnnx } from '@octet/onnx'
import { describe, expect, test } from 'vitest'
import {
  batchOf,
  formatNpy,
  learningSamples,
  openQuantized,
  saveFolder,
  saveQuantized,
  type Workload,
  partsOf,
} from '../src/index.ts'
import { openFolder } from '../src/folder/open.ts'
import { temporaryFolder } from './temporary.ts'

const graph: Graph = new GraphBuilder('net', [1, 4, 4], 1)
  .conv(3, { kernel: 3, pad: 1, bias: false })
  .batchNormalization()
  .clip(0, 6)
  .flatten()
  .gemm(2)
  .graph()

interface Contents {
  readonly samples?: number
  readonly training?: number
  /** Training samples that are also evaluated. */
  readonly shared?: number
  readonly idx?: boolean
}

/** Writes a workload folder of random bytes. */
async function write({
  samples = 20,
  training = 60,
  shared = 0,
  idx = false,
}: Contents = {}): Promise<string> {
  const folder = await temporaryFolder()
  const random = new Random(9)
  const bytes = (count: number): Uint8Array =>
    Uint8Array.from({ length: count * 16 }, () => random.below(256))
  const labels = (count: number): Int32Array => Int32Array.from({ length: count }, () => random.below(2))
  const npy = (name: string, data: Uint8Array): void =>
    writeFileSync(join(folder, name), formatNpy(tensor('uint8', [data.length / 16, 1, 4, 4], data)))
  const list = (name: string, data: Int32Array): void =>
    writeFileSync(join(folder, name), formatNpy(tensor('int32', [data.length], data)))
  const evaluation = bytes(samples)
  const x = bytes(training)
  x.set(evaluation.subarray(0, shared * 16))
  npy('x_eval.npy', evaluation)
  list('y_eval.npy', labels(samples))
  npy('x_calib.npy', x.slice(-16 * 16))
  if (idx) {
    const y = labels(training)
    writeFileSync(join(folder, 'train-images-idx3-ubyte.gz'), gzipSync(idxOf([training, 4, 4], x)))
    writeFileSync(join(folder, 'train-labels-idx1-ubyte.gz'), gzipSync(idxOf([training], Uint8Array.from(y))))
  } else {
    npy('x_train.npy', x)
    list('y_train.npy', labels(training))
  }
  writeFileSync(join(folder, 'model_fp32.onnx'), exportOnnx(graph))
  const normalize = { offset: 100, scale: 0.02 }
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify({ name: 'noise', input: { normalize } }))
  return folder
}

function idxOf(shape: readonly number[], data: Uint8Array): Uint8Array {
  const header = new DataView(new ArrayBuffer(4 + 4 * shape.length))
  header.setUint32(0, 0x0800 + shape.length)
  for (const [i, size] of shape.entries()) header.setUint32(4 + 4 * i, size)
  return Buffer.concat([new Uint8Array(header.buffer), data])
}

function keys(readings: Workload['calibration']): Set<string> {
  const [{ x }] = partsOf(readings)
  const size = x.data.length / x.shape[0]
  return new Set(Array.from({ length: x.shape[0] }, (_, i) => x.data.slice(i * size, (i + 1) * size).join()))
}

describe('learning samples', () => {
  test('that validate neither train, calibrate nor evaluate, and none that train are evaluated', async () => {
    const workload = await openFolder(await write({ shared: 5 }))
    const { training, validation, split } = await learningSamples(workload)
    expect(training.y).toHaveLength(60 - 5 - validation.y.length)
    expect(validation.y.length).toBeGreaterThan(0)
    const validating = keys(validation)
    for (const other of [training, workload.calibration, workload.evaluation])
      expect([...keys(other)].filter((key) => validating.has(key))).toEqual([])
    const evaluated = keys(workload.evaluation)
    expect([...keys(training)].filter((key) => evaluated.has(key))).toEqual([])
    expect(split).toContain('5 that are also evaluated are left out')
  })

  test('are the same at every call', async () => {
    const folder = await write()
    const [a, b] = [
      await learningSamples(await openFolder(folder)),
      await learningSamples(await openFolder(folder)),
    ]
    expect(b).toEqual(a)
  })

  test('may be gzipped IDX files', async () => {
    const workload = await openFolder(await write({ idx: true }))
    const { x, y } = await workload.training!()
    expect(x.shape).toEqual([60, 1, 4, 4])
    expect(y).toHaveLength(60)
    const { training } = await learningSamples(workload)
    expect(training.x.dtype).toBe('uint8')
  })

  test('in damaged IDX files are named', async () => {
    const folder = await write({ idx: true })
    writeFileSync(join(folder, 'train-images-idx3-ubyte.gz'), 'not gzip')
    const workload = await openFolder(folder)
    await expect(workload.training!()).rejects.toThrow(/train-images-idx3-ubyte.gz: /)
  })

  test('that are not there, or too few, are named', async () => {
    const workload = await openFolder(await write())
    const { training: _, ...without } = workload
    await expect(learningSamples(without)).rejects.toThrow(/noise has no training samples/)
    await expect(learningSamples(await openFolder(await write({ training: 20 })))).rejects.toThrow(/too few/)
  })
})

describe('a saved quantized model', () => {
  async function quantized(workload: Workload, bits: 8 | 4): Promise<QuantizedModel> {
    const calibration = new Calibration(modelOf(workload.graph), workload.normalizer, [
      batchOf(workload.calibration, 0, 16),
    ])
    return calibration.quantize({
      calibration: 'minmax',
      activations: AFFINE_INT8,
      weights: { ...SYMMETRIC_INT8, bits, granularity: bits === 8 ? 'per-channel' : 'per-tensor' },
    })
  }

  test.each([8, 4] as const)('opens to the same integers on the same grids, %s bits', async (bits) => {
    const model = await quantized(await openFolder(await write()), bits)
    const folder = join(await temporaryFolder(), 'model')
    saveQuantized(model, folder)
    const opened = await openQuantized(folder)
    expect(opened.weights).toEqual(model.weights)
    expect(opened.activations).toEqual(model.activations)
    expect(opened.configuration).toEqual(model.configuration)
    // Tensors on one grid hold the very same one.
    const owners = ({ activations }: QuantizedModel): readonly (string | undefined)[] =>
      [...activations.values()].map((grid) => [...activations].find(([, other]) => other === grid)?.[0])
    expect(owners(opened)).toEqual(owners(model))
    expect(new Set(owners(model)).size).toBeLessThan(model.activations.size)
    expect(opened.model.layers.map(({ name, output, clamp }) => [name, output, clamp])).toEqual(
      model.model.layers.map(({ name, output, clamp }) => [name, output, clamp]),
    )
  })

  test('that would not open again is not written: what was there before stands', async () => {
    const model = await quantized(await openFolder(await write()), 8)
    const folder = join(await temporaryFolder(), 'model')
    saveQuantized(model, folder)
    const before = readFileSync(join(folder, 'qparams.json'))
    const [[name, { qparams, ...rest }]] = model.weights
    for (const scale of [0, NaN, Infinity]) {
      const broken = { ...qparams, scale: qparams.scale.map((value, i) => (i === 1 ? scale : value)) }
      const weights = new Map([...model.weights, [name, { ...rest, qparams: broken }]])
      expect(() => saveQuantized({ ...model, weights }, folder)).toThrow(/qparams.json/)
    }
    const activations = new Map(
      [...model.activations].filter(([tensor]) => tensor !== model.model.graph.inputs[0].name),
    )
    expect(() => saveQuantized({ ...model, activations }, folder)).toThrow(/has no grid/)
    expect(readFileSync(join(folder, 'qparams.json'))).toEqual(before)
    await openQuantized(folder)
  })

  test('whose grids are not its own is refused by name', async () => {
    const folder = join(await temporaryFolder(), 'model')
    saveQuantized(await quantized(await openFolder(await write()), 8), folder)
    writeFileSync(join(folder, 'model.onnx'), exportOnnx(new GraphBuilder('other', [16], 1).gemm(2).graph()))
    await expect(openQuantized(folder)).rejects.toThrow(/qparams.json: "gemm_0" of the model has no grid/)
  })

  test('has room for its sums again, where its scales leave it none', async () => {
    const folder = join(await temporaryFolder(), 'model')
    const made = await quantized(await openFolder(await write()), 8)
    saveQuantized(made, folder)
    const path = join(folder, 'qparams.json')
    const file = JSON.parse(readFileSync(path, 'utf8')) as { weights: Record<string, { scale: number[] }> }
    const [[name, grid]] = Object.entries(file.weights)
    grid.scale = grid.scale.map(() => 1e-15)
    writeFileSync(path, JSON.stringify(file))
    const opened = await openQuantized(folder)
    const { bias, qparams } = opened.weights.get(name)!
    expect(Math.min(...qparams.scale)).toBeGreaterThan(1e-15)
    expect(bias.every((b) => Math.abs(b) < 2 ** 31 - 1)).toBe(true)
  })

  test('lies in a workload folder, which holds all but the training samples', async () => {
    const workload = await openFolder(await write())
    const folder = join(await temporaryFolder(), 'kept')
    saveFolder(workload, folder)
    const kept = await openFolder(folder)
    expect(kept.trained).toBeUndefined()
    saveQuantized(await quantized(workload, 8), join(folder, 'trained', 'one'))
    expect((await openFolder(folder)).trained).toBe(join(folder, 'trained'))
    expect(kept.training).toBeUndefined()
    for (const part of ['id', 'evaluation', 'calibration', 'normalizer', 'classes'] as const)
      expect(kept[part]).toEqual(workload[part])
    expect(kept.graph).toEqual(workload.graph)
  })
})
