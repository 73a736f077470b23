import { copyFileSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Cell, configurationKey } from '@octet/results'
import { encodeOnnx, importOnnx, quantizedOnnx, readDescription, readMetadata } from '@octet/onnx'
import { openQuantized } from '@octet/workloads'
import { beforeAll, describe, expect, test } from 'vitest'
import { fault, inFolder, onlyRun, read, REFERENCE, setUp } from './session.ts'

let cwd = ''
beforeAll(() => {
  cwd = setUp({ training: 90 })
})

interface Answer {
  readonly configuration: string
  readonly source: string
  readonly samples: number
  readonly sourceBytes: number
  readonly written: { readonly path: string; readonly bytes: number }
  readonly judgement: { readonly sqnrDb: number; readonly samples: number; readonly of: string }
  readonly layers: readonly {
    readonly layer: string
    readonly precision: string
    readonly weights?: { readonly bits: number }
    readonly activations?: { readonly strategy: string; readonly clipped: number }
  }[]
}

async function quantize(...args: string[]): Promise<{ code: number | null; answer: Answer; told: string }> {
  const { code, stdout, stderr } = await inFolder(cwd, 'quantize', ...args, '--json', '-')
  return { code, answer: JSON.parse(stdout) as Answer, told: stderr }
}

/** Weights and biases as the file has them, by their places. */
const weightsIn = (file: Uint8Array) => {
  const { initializers } = importOnnx(file)
  return Array.from(initializers.values(), ({ data }) => Array.from(data))
}

const refused = async (...args: string[]): Promise<string> => fault(await inFolder(cwd, 'quantize', ...args))

describe('octet quantize', () => {
  test('writes a workload as ONNX, with an account of every layer', async () => {
    const { code, answer } = await quantize('points', '--out', 'points.onnx', '--calibration', 'minmax')
    expect(code).toBe(0)
    expect(answer).toMatchObject({
      configuration: 'ptq/int8/w8-symmetric-per-channel/a8-affine-per-tensor/minmax',
      samples: 24,
      sourceBytes: statSync(join(cwd, 'points', 'model_fp32.onnx')).size,
      written: { path: 'points.onnx', bytes: statSync(join(cwd, 'points.onnx')).size },
    })
    expect(answer.judgement).toMatchObject({ samples: 60, of: 'evaluation' })
    expect(answer.judgement.sqnrDb).toBeGreaterThan(30)
    expect(
      answer.layers.map(({ layer, precision, weights, activations }) => [
        layer,
        precision,
        weights?.bits,
        activations?.strategy,
      ]),
    ).toEqual([
      ['x', 'int8', undefined, 'minmax'],
      ['hidden', 'int8', 8, 'minmax'],
      ['classes', 'int8', 8, 'minmax'],
    ])
    const file = readFileSync(join(cwd, 'points.onnx'))
    const { inputs, output } = importOnnx(file)
    expect([inputs[0].name, output]).toEqual(['x', 'y'])
    expect(Object.fromEntries(readMetadata(file))).toMatchObject({
      'octet.quantized.configuration': answer.configuration,
      'octet.quantized.source': answer.source,
      'octet.quantized.samples': '24',
      'octet.quantized.target': 'ort',
      'octet.quantized.outputSamples': '60 evaluation',
    })
  })

  test('tells the same in a table, and how small the file became', async () => {
    const { stdout } = await inFolder(cwd, 'quantize', 'points', '--out', 'table.onnx', '--weight-bits', '4')
    expect(stdout).toMatch(/^layer +op +in +weights +strategy +range +SQNR +clipped\n/)
    expect(stdout).toMatch(/hidden +Gemm +INT8 +4 bits, 4 scales, [\d.]+ dB +auto: /)
    expect(stdout).toContain("dB from FP32's on 60 evaluation samples")
    expect(stdout).toContain('the 4-bit weights of 2 layers are stored a byte each')
    expect(stdout).toMatch(
      /[\d.]+ B before, [\d.]+ kB after: grids and nodes add more bytes than the weights save/,
    )
  })

  test('takes a bare model with its calibration samples, and writes the same bytes each time', async () => {
    for (const name of ['model_fp32.onnx', 'x_calib.npy'])
      copyFileSync(join(cwd, 'points', name), join(cwd, name))
    const args = ['model_fp32.onnx', '--calib', 'x_calib.npy', '--transform', 'equalize+bias-correction']
    const { answer } = await quantize(...args, '--out', 'a.onnx')
    expect(answer.configuration).toContain('/auto/bias-correction/equalize')
    expect(answer.judgement).toMatchObject({ samples: 24, of: 'calibration' })
    await quantize(...args, '--out', 'b.onnx')
    expect(readFileSync(join(cwd, 'a.onnx'))).toEqual(readFileSync(join(cwd, 'b.onnx')))
  })

  test('puts the normalization into the file with --with-input raw', async () => {
    const args = ['model_fp32.onnx', '--calib', 'x_calib.npy', '--normalize', 'offset=0.5,scale=2']
    await quantize(...args, '--out', 'raw.onnx', '--with-input', 'raw')
    await quantize(...args, '--out', 'plain.onnx')
    const [raw, plain] = ['raw.onnx', 'plain.onnx'].map((name) => readFileSync(join(cwd, name)))
    expect(readDescription(raw).values.get('x')).toEqual(readDescription(plain).values.get('x'))
    expect(raw.includes('x.offset')).toBe(true)
    expect(plain.includes('x.offset')).toBe(false)
  })

  test('in float16 writes halves, with Casts at the ends or without', async () => {
    const { answer } = await quantize(
      'points',
      '--out',
      'half.onnx',
      '--precision',
      'fp16',
      '--with-io',
      'fp16',
    )
    expect(answer.configuration).toBe('fp16')
    expect(answer.layers.map(({ precision }) => precision)).toEqual(['fp16', 'fp16', 'fp16'])
    expect(answer.judgement.sqnrDb).toBeGreaterThan(60)
    expect(await refused('points', '--out', 'x.onnx', '--with-io', 'fp16')).toContain(
      '--with-io fp16 goes with --precision fp16',
    )
  })

  test('ends with 1 where the output misses --min-sqnr, and says by how much', async () => {
    const { code, told } = await quantize(
      'points',
      '--out',
      'missed.onnx',
      '--weight-bits',
      '4',
      '--min-sqnr',
      '90',
    )
    expect(code).toBe(1)
    expect(told).toMatch(/the output is [\d.]+ dB from FP32's, and --min-sqnr requires 90 dB/)
    expect(existsSync(join(cwd, 'missed.onnx'))).toBe(true)
  })

  test('refuses what does not go together in one line', async () => {
    expect(await refused('model.onnx', '--out', 'x.onnx')).toContain('model.onnx is missing')
    expect(await refused('points', '--out', 'x.npy')).toContain('name a file that ends in .onnx')
    expect(await refused('points', '--out', 'points/model_fp32.onnx')).toContain('--out is the source itself')
    expect(await refused('points', '--out', 'x.onnx', '--calib', 'x.npy')).toContain('brings its own data')
    expect(await refused('points/model_fp32.onnx', '--out', 'x.onnx')).toContain('give --calib X.npy')
    expect(await refused('points', '--out', 'x.onnx', '--transform', 'equalise')).toContain(
      'there is no transform "equalise"',
    )
  })
})

const PTQ = 'points/ptq/int8/w8-symmetric-per-tensor/a8-affine-per-tensor/minmax'

test('octet quantize --plan writes the mixed precision that octet plan found', async () => {
  const { code } = await inFolder(cwd, 'plan', 'points', '--json', 'plan.json', '--samples', '30')
  expect(code).toBe(0)
  const plan = { best: { layers: { hidden: 'fp16', classes: 'w4a8' } } }
  writeFileSync(join(cwd, 'mixed.json'), JSON.stringify(plan))
  await quantize('points', '--plan', 'plan.json', '--out', 'planned.onnx')
  const { answer } = await quantize('points', '--plan', 'mixed.json', '--out', 'mixed.onnx')
  expect(answer.configuration).toBe('mixed/minmax/hidden=fp16,classes=w4a8')
  expect(answer.layers.map(({ layer, precision, weights }) => [layer, precision, weights?.bits])).toEqual([
    ['x', 'int8', undefined],
    ['hidden', 'fp16', 16],
    ['classes', 'int8', 4],
  ])
  expect(await refused('points', '--plan', 'mixed.json', '--weight-bits', '4', '--out', 'x.onnx')).toContain(
    'a plan says how layers are quantized, and --weight-bits says it too',
  )
  writeFileSync(join(cwd, 'mixed.json'), JSON.stringify({ best: { layers: { other: 'int8' } } }))
  expect(await refused('points', '--plan', 'mixed.json', '--out', 'x.onnx')).toContain('names layer "other"')
  expect(await refused('points', '--plan', 'points/manifest.json', '--out', 'x.onnx')).toContain('the plan')
})

test('a sweep with --save keeps what PTQ makes: the file, and what opens to the same integers', async () => {
  const flags = [
    '--precision',
    'int8',
    '--calibration',
    'minmax',
    '--granularity',
    'per-tensor',
    '--weight-bits',
    '4',
  ]
  const transforms = ['--transform', 'none,equalize+adaround']
  const out = ['--out', 'kept-runs', '--save', 'kept', '--quick']
  const { code, stderr } = await inFolder(
    cwd,
    'bench',
    '--workload',
    'points',
    ...REFERENCE,
    ...flags,
    ...transforms,
    ...out,
  )
  expect([code, stderr.includes('not kept')]).toEqual([0, false])
  const keys = read(onlyRun(cwd, 'kept-runs'))
    .cells.filter(({ method }) => method === 'ptq')
    .map(configurationKey)
  expect(keys.map((key) => key.split('/').slice(4))).toEqual([['minmax'], ['minmax', 'adaround', 'equalize']])
  for (const [i, key] of keys.entries()) {
    const folder = join(cwd, 'kept', 'points', 'quantized', key.replaceAll('/', '_'))
    const transforms = i === 0 ? 'none' : 'adaround+equalize'
    const same = [
      '--calibration',
      'minmax',
      '--granularity',
      'per-tensor',
      '--weight-bits',
      '4',
      '--transform',
      transforms,
    ]
    await quantize('points', '--out', 'alone.onnx', ...same)
    const [kept, alone] = [join(folder, 'model_int8.onnx'), join(cwd, 'alone.onnx')].map((path) =>
      readFileSync(path),
    )
    expect(weightsIn(kept)).toEqual(weightsIn(alone))
    const opened = quantizedOnnx(await openQuantized(folder), { target: 'ort' })
    expect(weightsIn(encodeOnnx(opened))).toEqual(weightsIn(kept))
  }
})

describe('octet quantize RUN', () => {
  let run = ''
  beforeAll(async () => {
    const methods = [
      '--method',
      'ptq,qat',
      '--qat-steps',
      '2',
      '--calibration',
      'minmax',
      '--precision',
      'fp32,int8',
    ]
    const { code } = await inFolder(cwd, 'bench', '--workload', 'points', ...REFERENCE, ...methods, '--quick')
    expect(code).toBe(0)
    run = onlyRun(cwd)
  })

  test('writes what the run recommends, and any cell of it, of QAT too', async () => {
    const { stdout } = await inFolder(cwd, 'recommend', run, '--json', '-')
    const [{ cell: best }] = (JSON.parse(stdout) as { choices: { cell: Cell }[] }).choices
    if (best.precision === 'fp32')
      expect(await refused(run, '--out', 'best.onnx')).toContain('recommends FP32')
    else {
      const { answer } = await quantize(run, '--out', 'best.onnx')
      expect(answer.configuration).toBe(configurationKey(best))
    }
    for (const method of ['ptq', 'qat']) {
      const cell = `points/${method}/int8/w8-symmetric-per-tensor/a8-affine-per-tensor/minmax`
      const { answer } = await quantize(`${run}:${cell}`, '--out', `${method}.onnx`)
      expect(`points/${answer.configuration}`).toBe(cell)
      expect(answer.judgement.sqnrDb).toBeGreaterThan(20)
    }
    expect(readFileSync(join(cwd, 'ptq.onnx'))).not.toEqual(readFileSync(join(cwd, 'qat.onnx')))
  })

  test('refuses a cell that there is not, flags that say it again, and a model that has changed', async () => {
    expect(await refused(`${run}:points/int4`, '--out', 'x.onnx')).toContain('has no cell "points/int4"')
    expect(await refused(run, '--out', 'x.onnx', '--weight-bits', '4')).toContain('--weight-bits says it too')
    expect(await refused(`${run}:fp32`, '--out', 'x.onnx')).toContain('is FP32, which is the source itself')
    const manifest = join(cwd, 'points', 'manifest.json')
    const before = readFileSync(manifest)
    writeFileSync(manifest, JSON.stringify({ name: 'points', input: { normalize: { offset: 0, scale: 2 } } }))
    expect(await refused(`${run}:${PTQ}`, '--out', 'x.onnx')).toContain('points: its data changed since')
    writeFileSync(manifest, before)
  })
})
