import { beforeAll, describe, expect, test } from 'vitest'
import { type Graph, OctetError, type QuantizedModel } from '@octet/core'
import { qat, QatRun, type QatOptions, type QatTask, train } from '../../src/index.ts'
import { assess, evaluate } from '../../src/evaluate.ts'
import { QatNetwork } from '../../src/qat/network.ts'
import { UNLABELLED } from '../../src/loss/cross-entropy.ts'
import { bars, barsNet, quantized, skewed, twoConvs } from './nets.ts'

const training = bars(320, 1)
const validation = bars(96, 2)
const held = bars(400, 3)
const OPTIONS: QatOptions = {
  steps: 40,
  batchSize: 32,
  seed: 7,
  optimizer: { kind: 'adam', learningRate: 3e-3 },
  distillation: { weight: 1 },
}

let graph: Graph
let start: QuantizedModel
let task: QatTask

beforeAll(async () => {
  const trained = await train(barsNet(), training, {
    epochs: 8,
    batchSize: 32,
    seed: 1,
    optimizer: { kind: 'adam', learningRate: 0.02 },
    schedule: { kind: 'cosine' },
  })
  graph = trained.graph
  start = await quantized(graph, training, { bits: 4, granularity: 'per-tensor' })
  task = { start, graph, training, validation }
})

function accuracy(model: QuantizedModel): number {
  const network = new QatNetwork(model, 50)
  network.observing = false
  return assess(network, held).accuracy
}

describe('quantization-aware training', () => {
  test('recovers most of what 4 bits per tensor cost where channels are skewed', async () => {
    const options = {
      epochs: 8,
      batchSize: 32,
      seed: 1,
      optimizer: { kind: 'adam', learningRate: 0.02 },
    } as const
    const trained = await train(twoConvs(), training, options)
    const uneven = skewed(trained.graph, [1, 8, 0.5, 4, 1, 2])
    const begun = await quantized(uneven, training, { bits: 4, granularity: 'per-tensor' })
    const fp32 = evaluate(uneven, held).accuracy
    const lost = fp32 - accuracy(begun)
    expect(lost).toBeGreaterThan(0.1)
    const { quantized: model } = await qat(
      { ...task, graph: uneven, start: begun },
      { ...OPTIONS, steps: 100 },
    )
    expect(fp32 - accuracy(model)).toBeLessThan(lost / 3)
  })

  test.each([
    [
      'momentum SGD on labels, smoothed',
      {
        optimizer: { kind: 'sgd', learningRate: 0.01, momentum: 0.9 },
        labelSmoothing: 0.1,
        distillation: undefined,
      },
    ],
    ['learned scales', { learnedScales: true }],
    ['a warm teacher and labels', { distillation: { weight: 0.5, temperature: 3 } }],
  ] as const)('lowers the validation loss with %s', async (_, change) => {
    const { distillation, ...rest } = { ...OPTIONS, ...change }
    const { best, validations } = await qat(task, { ...rest, ...(distillation && { distillation }) })
    expect(best.step).toBeGreaterThan(0)
    expect(best.loss).toBeLessThan(validations[0].loss)
  })

  test('gives the same bits for the same seed, others for another, and leaves the start as it was', async () => {
    const before = structuredClone([...start.weights])
    const [a, b, c] = [
      await qat(task, OPTIONS),
      await qat(task, OPTIONS),
      await qat(task, { ...OPTIONS, seed: 8 }),
    ]
    expect(b).toEqual(a)
    expect(c.losses).not.toEqual(a.losses)
    expect([...start.weights]).toEqual(before)
  })

  test('goes on from a checkpoint as if it had not been stopped', async () => {
    const whole = await qat(task, OPTIONS)
    for (const stop of [3, 20, 33]) {
      const run = new QatRun(task, OPTIONS)
      while (run.step < stop) run.next()
      const checkpoint = run.checkpoint()
      // What the first run does afterwards must not reach the checkpoint.
      run.next()
      expect(await qat(task, OPTIONS, { resume: checkpoint })).toEqual(whole)
    }
  })

  test('keeps the start where training only does harm, and stops when patience runs out', async () => {
    const eight = await quantized(graph, training, { bits: 8, granularity: 'per-channel' })
    const result = await qat(
      { ...task, start: eight },
      { ...OPTIONS, optimizer: { kind: 'sgd', learningRate: 0.5 }, steps: 60, patience: 3, validateEvery: 2 },
    )
    expect(result.best.step).toBe(0)
    expect(result.stoppedEarly).toBe(true)
    expect(result.losses).toHaveLength(6)
    expect(result.quantized.weights.get('gemm_13')).toEqual(eight.weights.get('gemm_13'))
  })

  test('learns from samples without labels by the FP32 model alone', async () => {
    const unlabelled = { ...training, y: new Int32Array(training.y.length).fill(UNLABELLED) }
    const { best, validations } = await qat({ ...task, training: unlabelled }, OPTIONS)
    expect(best.loss).toBeLessThan(validations[0].loss)
  })

  test('reports the start, then every step with the validations among them', async () => {
    const seen: string[] = []
    await qat(
      task,
      { ...OPTIONS, steps: 4, validateEvery: 2 },
      {
        onProgress: ({ report, validation: judged }) =>
          void seen.push(`${report?.step ?? ''}${judged ? '!' : ''}`),
      },
    )
    expect(seen).toEqual(['!', '0', '1!', '2', '3!'])
  })
})

describe('faults are named', () => {
  test('a loss that is not finite, with step, epoch and how to mend it', async () => {
    const options = { ...OPTIONS, optimizer: { kind: 'sgd', learningRate: 1e30 } } as const
    const error = await qat(task, options).catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(OctetError)
    const { message, mend } = error as OctetError
    expect(message).toMatch(/(is not finite|is -?Infinity) at step \d+ of 40, in epoch \d+/)
    expect(mend).toMatch(/lower the learning rate/)
  })

  test('a checkpoint of another training', () => {
    const run = new QatRun(task, OPTIONS)
    run.next()
    const other = new QatRun(task, { ...OPTIONS, learnedScales: true })
    expect(() => other.resume(run.checkpoint())).toThrow(/checkpoint is of another training/)
  })

  test('samples without labels where nobody teaches', () => {
    const unlabelled = { ...training, y: new Int32Array(training.y.length).fill(UNLABELLED) }
    const { distillation: _, ...options } = OPTIONS
    expect(() => new QatRun({ ...task, training: unlabelled }, options)).toThrow(/sample 0 has label -1/)
  })
})
