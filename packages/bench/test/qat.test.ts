import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Calibration, modelOf, OctetError, tensor, type KernelPackage } from '@octet/core'
import { QatRun } from '@octet/train'
import { configurationKey, type Configuration, recoveryOf, type Run } from '@octet/results'
import { formatNpy, learningSamples, openWorkload, type Workload } from '@octet/workloads'
import { beforeAll, describe, expect, test } from 'vitest'
import { readCheckpoint, writeCheckpoint } from '../src/qat/checkpoint.ts'
import { openTraining } from '../src/discover/training.ts'
import { recipe } from '../src/qat/recipe.ts'
import { Trainings } from '../src/qat/trainings.ts'
import { SILENT } from '../src/show/reporter.ts'
import type { Entry } from '../src/store/entry.ts'
import { qatStart } from '../src/sweep/configurations.ts'
import type { SweepContext } from '../src/sweep/context.ts'
import { calibrationBatches } from '../src/sweep/seen.ts'
import { temporaryFolder, writeWorkload } from './folder.ts'
import type { Outcome } from './octet.ts'
import { timeless } from './timeless.ts'
import { inProcess, onlyRun, read, REFERENCE, refusal, setUp } from './session.ts'

const FOUR_BITS: Configuration = {
  method: 'qat',
  precision: 'int8',
  weights: { bits: 4, scheme: 'symmetric', granularity: 'per-tensor' },
  activations: { bits: 8, scheme: 'affine', granularity: 'per-tensor' },
  calibration: 'minmax',
}
const NAME = configurationKey(FOUR_BITS).replaceAll('/', '_')
const OPTIONS = { qat: { steps: 30, scales: 'observed' }, seed: 3 } as const

function bench(cwd: string, ...flags: string[]) {
  const places = ['--workload', join(cwd, 'points'), '--out', join(cwd, 'results')]
  const sweep = ['--calibration', 'minmax', '--granularity', 'per-tensor', '--quick', '--qat-steps', '30']
  return inProcess('bench', ...places, ...REFERENCE, ...sweep, ...flags)
}

const FOUR = ['--method', 'qat', '--weight-bits', '4'] as const

/** Where a sweep by both methods was, and what it came to. */
let both: string
let swept: Outcome
/** Where models were kept, in `kept`, and the run that trained them. */
let saved: string
let trained: Run

beforeAll(async () => {
  both = setUp({ training: 300 })
  swept = await bench(both, '--method', 'ptq,qat')
  saved = setUp({ training: 300 })
  await bench(saved, ...FOUR, '--save', join(saved, 'kept'))
  trained = read(onlyRun(saved))
})

/** Another place with the same workload, which its journal names by its path. */
function copyOf(cwd: string): string {
  const other = temporaryFolder()
  cpSync(cwd, other, { recursive: true })
  const journal = join(onlyRun(other), 'journal.ndjson')
  writeFileSync(journal, readFileSync(journal, 'utf8').replaceAll(cwd, other))
  return other
}

describe('octet bench --method ptq,qat', () => {
  test('puts QAT beside PTQ, and records how it was trained', () => {
    expect(swept.code).toBe(0)
    expect(swept.stdout).toMatch(
      /QAT INT8, 4-bit per-tensor weights, minmax: .* points over PTQ's .*, in \d+ s/,
    )
    const run = read(onlyRun(both))
    const methods = run.cells.map(({ method, weights }) => `${method} ${weights.bits}`)
    expect(methods).toEqual(['none 32', 'none 16', 'ptq 8', 'ptq 4', 'qat 8', 'qat 4'])
    expect(run.trainings).toHaveLength(2)
    for (const { configuration, validations, losses, steps, best, seconds, split } of run.trainings!) {
      const cell = run.cells.find((one) => configurationKey(one) === configuration)!
      expect(recoveryOf(run, cell)?.gained).toBeDefined()
      expect(validations[0].step).toBe(0)
      expect(validations.map(({ step }) => step)).toContain(best)
      expect(losses).toHaveLength(steps)
      expect(seconds).toBeGreaterThan(0)
      expect(split).toMatch(/\d+ train, \d+ of the training samples validate/)
    }
  })

  test('gives the same models for the same seed, which go into the same folder, and others for another', async () => {
    const losses = []
    for (const flags of [
      ['--save', join(saved, 'kept')],
      ['--seed', '2'],
    ]) {
      const cwd = setUp({ training: 300 })
      expect((await bench(cwd, ...FOUR, ...flags)).code).toBe(0)
      losses.push(read(onlyRun(cwd)).trainings![0].losses)
    }
    expect(losses[0]).toEqual(trained.trainings![0].losses)
    expect(losses[1]).not.toEqual(losses[0])
  })

  test('keeps the trained model in a workload folder that is evaluated again without training', async () => {
    const cwd = temporaryFolder()
    const kept = join(saved, 'kept', 'points')
    expect(readdirSync(join(kept, 'trained', NAME)).toSorted()).toEqual([
      'model.onnx',
      'qparams.json',
      'training.json',
    ])
    expect(existsSync(join(kept, 'x_train.npy'))).toBe(false)

    const again = ['--workload', kept, '--out', join(cwd, 'again'), '--calibration', 'minmax', '--quick']
    const narrow = ['--granularity', 'per-tensor', '--weight-bits', '4', '--method', 'qat']
    const { code, stdout } = await inProcess('bench', ...again, ...REFERENCE, ...narrow)
    expect(code).toBe(0)
    expect(stdout).toContain('trained before')
    const evaluated = read(onlyRun(cwd, 'again'))
    const outcome = ({ cells }: typeof trained) =>
      cells.filter(({ method }) => method === 'qat').map(({ task, fidelity }) => [task, fidelity])
    expect(outcome(evaluated)).toEqual(outcome(trained))
    expect(evaluated.trainings![0].seconds).toBeUndefined()
    expect(evaluated.trainings![0].losses).toEqual(trained.trainings![0].losses)
  })

  test('of a folder with trained models and no training samples measures those, and says what it omits', async () => {
    const cwd = temporaryFolder()
    const again = [
      '--workload',
      join(saved, 'kept', 'points'),
      '--out',
      join(cwd, 'again'),
      '--quick',
      '--method',
      'qat',
    ]
    const { code, stderr } = await inProcess('bench', ...again, ...REFERENCE)
    expect(code).toBe(0)
    expect(stderr).toMatch(
      /points brings 1 trained models and no training samples: 3 other QAT configurations are left out/,
    )
    const { cells } = read(onlyRun(cwd, 'again'))
    expect(cells.map(({ method, weights }) => `${method} ${weights.bits} ${weights.granularity}`)).toEqual([
      'none 32 none',
      'none 16 none',
      'qat 4 per-tensor',
    ])
  })

  test('does not mix two workloads in one folder, and has nothing to keep of floats', async () => {
    const cwd = setUp({ training: 300 })
    const kept = join(saved, 'kept')
    const qat = ['bench', '--workload', join(cwd, 'points'), '--out', join(cwd, 'results'), '--method', 'qat']
    const y = Int32Array.from({ length: 60 }, (_, i) => i % 3)
    writeFileSync(join(cwd, 'points', 'y_eval.npy'), formatNpy(tensor('int32', [60], y)))
    expect(await refusal(...qat, ...REFERENCE, '--save', kept)).toMatch(/points has another y_eval\.npy/)
    expect(await refusal('bench', '--precision', 'fp32,fp16', '--save', kept)).toMatch(
      /--save keeps INT8 models, and this sweep makes none\. add --precision int8/,
    )
  })

  test('cut off after its training it comes to the layers and cells of one that was not', async () => {
    const folder = onlyRun(copyOf(both))
    const whole = read(folder)
    expect(whole.layers.length).toBeGreaterThan(0)
    const journal = join(folder, 'journal.ndjson')
    const lines = readFileSync(journal, 'utf8').split('\n')
    const ends = ['training', 'layers', 'cell'].map((kind) =>
      lines.findLastIndex((line) => line.startsWith(`{"kind":"${kind}"`)),
    )
    for (const end of ends) {
      writeFileSync(
        journal,
        lines
          .slice(0, end)
          .map((line) => `${line}\n`)
          .join(''),
      )
      expect((await inProcess('bench', '--resume', folder, '--no-report')).code).toBe(0)
      expect(timeless(read(folder))).toEqual(timeless(whole))
    }
  })

  test('fails the cells of a workload without training samples, and says what to add', async () => {
    const cwd = setUp()
    const { code } = await bench(cwd, '--method', 'ptq,qat', '--weight-bits', '8')
    expect(code).toBe(1)
    const { cells } = read(onlyRun(cwd))
    const failed = cells.filter(({ method }) => method === 'qat')
    expect(failed.map(({ status }) => status)).toEqual(['failed'])
    expect(failed[0].reason).toMatch(/points has no training samples: put x_train.npy and y_train.npy/)
    expect(cells.find(({ method }) => method === 'ptq')!.status).not.toBe('failed')
  })

  test.each([
    [['--method', 'magic'], /there is no method "magic".*ptq, qat/],
    [['--qat-steps', '0'], /--qat-steps is "0"/],
    [['--qat-scales', 'guessed'], /--qat-scales is "guessed".*observed, learned/],
  ])('refuses %j', async (flags, message) => {
    expect(await refusal('bench', ...flags)).toMatch(message)
  })
})

describe("training's kernels", () => {
  const moduleOf = (source: string): string => `data:text/javascript,${encodeURIComponent(source)}`
  const packageOf = (id: string, training?: string) => ({
    kernels: { id } as KernelPackage,
    ...(training && { training: moduleOf(training) }),
  })
  const offering = packageOf('fast', 'export default { contract: 1, open: async () => "opened" }')
  const plain = packageOf('plain')

  test('are those of the first package that has any, and the loops of the trainer where none has', async () => {
    expect(await openTraining([plain, offering], SILENT)).toEqual({ id: 'fast', kernels: 'opened' })
    expect(await openTraining([plain], SILENT)).toEqual({ id: 'core' })
    expect(await openTraining([], SILENT)).toEqual({ id: 'core' })
  })

  test.each([
    'export default { contract: 1, open: async () => { throw new Error("no SIMD") } }',
    'export default { contract: 2, open: async () => "opened" }',
    'export default { contract: 1 }',
    'export const other = 1',
    'throw new Error("broken")',
  ])('of a package that cannot open them are passed over: %s', async (source) => {
    expect(await openTraining([packageOf('broken', source)], SILENT)).toEqual({ id: 'core' })
    expect((await openTraining([packageOf('broken', source), offering], SILENT)).id).toBe('fast')
  })
})

describe('a training that was cut off', () => {
  async function workloadAt(folder: string): Promise<Workload> {
    mkdirSync(join(folder, 'points'))
    return openWorkload(writeWorkload(join(folder, 'points'), { training: 300 }))
  }
  function trainings(workload: Workload, folder: string): { trainings: Trainings; entries: Entry[] } {
    const entries: Entry[] = []
    const calibration = new Calibration(
      modelOf(workload.graph),
      workload.normalizer,
      calibrationBatches(workload),
    )
    const context = {
      options: OPTIONS,
      record: (entry: Entry) => void entries.push(entry),
      reporter: SILENT,
      folder,
      training: { id: 'core' },
    } as unknown as SweepContext
    return { trainings: new Trainings(workload, calibration, context), entries }
  }

  test('goes on from its checkpoint to the same model, and counts the time before', async () => {
    const folder = temporaryFolder()
    const workload = await workloadAt(folder)
    const whole = await trainings(workload, join(folder, 'a')).trainings.train(FOUR_BITS)

    const calibration = new Calibration(
      modelOf(workload.graph),
      workload.normalizer,
      calibrationBatches(workload),
    )
    const { training, validation } = await learningSamples(workload)
    const { graph, normalizer } = workload
    const start = await qatStart(calibration, FOUR_BITS)
    const task = {
      start,
      graph,
      training: { ...training, normalizer },
      validation: { ...validation, normalizer },
    }
    const run = new QatRun(task, recipe(OPTIONS, 4))
    for (let i = 0; i < 11; i++) run.next()
    const place = join(folder, 'b', 'trained', 'points', NAME)
    mkdirSync(place, { recursive: true })
    writeCheckpoint(join(place, 'checkpoint.json'), {
      checkpoint: run.checkpoint(),
      seconds: 1000,
      products: 'core',
    })

    const { trainings: resumed, entries } = trainings(workload, join(folder, 'b'))
    const model = await resumed.train(FOUR_BITS)
    expect(model.weights).toEqual(whole.weights)
    expect(model.activations).toEqual(whole.activations)
    const [entry] = entries
    expect(entry.kind === 'training' && entry.training.seconds).toBeGreaterThan(1000)
    expect(readdirSync(place)).not.toContain('checkpoint.json')
  })

  test('is not trained again once it is finished', async () => {
    const folder = temporaryFolder()
    const workload = await workloadAt(folder)
    const { trainings: first, entries } = trainings(workload, folder)
    const model = await first.train(FOUR_BITS)
    const { training: _, ...without } = workload
    const { trainings: second, entries: again } = trainings(without, folder)
    expect((await second.train(FOUR_BITS)).weights).toEqual(model.weights)
    expect(again).toEqual(entries)
  })

  test('a checkpoint keeps every bit', async () => {
    const path = join(temporaryFolder(), 'checkpoint.json')
    const checkpoint = {
      trainer: {
        step: 3,
        network: new Map([['w', Float32Array.of(1 / 3, -0, 1e-42)]]),
        optimizer: [Float64Array.of(0.1, 0.9), Float32Array.of(7)],
      },
      losses: [0.5, 0.25],
      validations: [{ step: 0, value: 0.5, loss: 1 }],
      best: new Map([['w', Float32Array.of(NaN)]]),
    }
    const stopped = { checkpoint, seconds: 2, products: 'core' }
    writeCheckpoint(path, stopped)
    expect(readCheckpoint(path, 'core')).toEqual(stopped)
    expect(readCheckpoint(`${path}.absent`, 'core')).toBeUndefined()
    expect(readCheckpoint(path, 'wasm')).toBeUndefined()
  })

  test('a damaged checkpoint is named', () => {
    const path = join(temporaryFolder(), 'checkpoint.json')
    for (const text of ['{', '{"version":2}']) {
      writeFileSync(path, text)
      expect(() => readCheckpoint(path, 'core')).toThrow(OctetError)
      expect(() => readCheckpoint(path, 'core')).toThrow(path)
    }
  })
})
