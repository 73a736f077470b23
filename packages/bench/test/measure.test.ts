import {
  type FloatModel,
  type KernelDevice,
  load,
  lower,
  modelOf,
  observe,
  openReference,
  ptq,
  type Program,
  type QuantizedModel,
  SYMMETRIC_INT8,
  AFFINE_INT8,
  tensor,
  type Tensor,
  macsOfProgram,
} from '@octet/core'
import { Random } from '@octet/core/statistics'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { RenewableDevice } from '../src/discover/renewable.ts'
import { answer, type Answers, scoreOf } from '../src/measure/answers.ts'
import { chooseRows, evaluationOf } from '../src/measure/evaluation.ts'
import { QUICK, timeContenders } from '../src/measure/latency.ts'
import { tryDevices } from '../src/measure/correctness.ts'
import { SILENT } from '../src/show/reporter.ts'
import { GRAPH } from './folder.ts'

const NORMALIZER = { offset: Float32Array.of(0), scale: Float32Array.of(1) }
const MODEL = modelOf(GRAPH)

function program(precision: FloatModel['precision'], batch: number): Program {
  return lower({ precision, model: MODEL }, { batch, normalizer: NORMALIZER })
}

async function integerProgram(batch: number): Promise<Program> {
  const observations = await observe(MODEL, NORMALIZER, [points(16)])
  const model: QuantizedModel = ptq(MODEL, observations, {
    calibration: 'minmax',
    activations: AFFINE_INT8,
    weights: { ...SYMMETRIC_INT8, granularity: 'per-channel' },
  })
  return lower(model, { batch, normalizer: NORMALIZER })
}

function points(count: number): Tensor<'float32'> {
  const random = new Random(3)
  return tensor(
    'float32',
    [count, 3],
    Float32Array.from({ length: count * 3 }, () => random.uniform()),
  )
}

/** The reference under another name, with some calls replaced. */
function device(id: string, change: (device: KernelDevice) => Partial<KernelDevice>): KernelDevice {
  const reference = openReference()
  const changed: Partial<KernelDevice> = { info: { ...reference.info, id }, ...change(reference) }
  return new Proxy(reference, {
    get: (target, name: keyof KernelDevice) => {
      const value = changed[name] ?? target[name]
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

/** A device that opens again as what it was. */
function renewable(device: KernelDevice): RenewableDevice {
  return new RenewableDevice('k', device, async () => device)
}

/** A device that adds something to the first element of all it reads back. */
function off(id: string, by: number): KernelDevice {
  return device(id, (reference) => ({
    read: async (source) => {
      const read = await reference.read(source)
      read.data[0] += by
      return read
    },
  }))
}

function samples(count: number): { x: Tensor<'float32'>; y: Int32Array } {
  return {
    x: tensor(
      'float32',
      [count, 2],
      Float32Array.from({ length: count * 2 }, (_, i) => i),
    ),
    y: Int32Array.from({ length: count }, (_, i) => i % 2),
  }
}

/** Outputs of two classes, of which the class given is the larger. */
function answers(classes: number[]): Answers {
  return { outputs: Float32Array.from(classes.flatMap((one) => [1 - one, one])), nonFinite: 0 }
}

describe('evaluation samples', () => {
  test('are a choice without repetition, in their own order, that the seed alone decides', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 1, max: 80 }),
        fc.integer({ min: 0, max: 100 }),
        (count, most, seed) => {
          const rows = chooseRows(samples(count), most, seed)
          expect(rows).toHaveLength(Math.min(count, most))
          for (const [i, row] of rows.entries()) expect(row).toBeGreaterThan(i === 0 ? -1 : rows[i - 1])
          expect(rows.at(-1)).toBeLessThan(count)
          expect(chooseRows(samples(count), most, seed)).toEqual(rows)
          const first = chooseRows(samples(count), most, seed, true)
          expect([...first]).toEqual([...first.keys()].slice(0, rows.length))
        },
      ),
    )
  })

  test('come in batches of one size that hold every chosen row once, the rest filled with zeros', () => {
    const evaluation = evaluationOf(samples(10), Int32Array.of(1, 4, 9), 2)
    expect([evaluation.batches, evaluation.samples, [...evaluation.labels]]).toEqual([2, 3, [1, 0, 1]])
    expect(evaluation.batch(0)).toEqual(tensor('float32', [2, 2], Float32Array.of(2, 3, 8, 9)))
    expect(evaluation.batch(1)).toEqual(tensor('float32', [2, 2], Float32Array.of(18, 19, 0, 0)))
  })

  test('must be there, and finite', () => {
    expect(() => chooseRows(samples(0), 5, 1)).toThrow('the evaluation set is empty')
    const spoiled = samples(3)
    spoiled.x.data[3] = Number.NaN
    expect(() => chooseRows(spoiled, 5, 1)).toThrow('evaluation sample 1 holds NaN at 1')
  })
})

describe('a score', () => {
  const about = { device: 'd', exact: false, decision: undefined }
  const judged = (...labels: number[]): { labels: Int32Array; samples: number } => ({
    labels: Int32Array.from(labels),
    samples: labels.length,
  })

  test('counts right answers, and the drop with an interval from the samples that changed', () => {
    const score = scoreOf(
      'classification',
      answers([0, 1, 1, 1]),
      answers([0, 1, 0, 1]),
      judged(0, 1, 0, 0),
      about,
    )
    expect(score).toMatchObject({ metric: 'top-1 accuracy', value: 0.5, fp32: 0.75, loss: 0.25, samples: 4 })
    expect(score.ci95[0]).toBeLessThan(0.25)
    expect(score.ci95[1]).toBeGreaterThan(0.25)
  })

  test('of FP32 itself drops by exactly nothing', () => {
    const fp32 = answers([0, 1])
    expect(scoreOf('classification', fp32, fp32, judged(0, 0), { ...about, exact: true }).ci95).toEqual([
      0, 0,
    ])
  })

  test('answers of a ragged last batch are those of the samples, not of the filling', async () => {
    const reference = openReference()
    const data = { x: points(5), y: new Int32Array(5) }
    const rows = Int32Array.of(0, 1, 2, 3, 4)
    const [whole, parts] = [
      await answer(await load(program('fp32', 5), reference), evaluationOf(data, rows, 5)),
      await answer(await load(program('fp32', 2), reference), evaluationOf(data, rows, 2)),
    ]
    expect(parts).toEqual(whole)
    expect(whole.outputs).toHaveLength(15)
  })
})

describe('devices on trial', () => {
  const batch = points(4)

  test('one whose integers differ anywhere is at fault, and never evaluates', async () => {
    const wrong = device('wrong', (reference) => ({
      read: async (source) => {
        const read = await reference.read(source)
        read.data[5] += 1e-3
        return read
      },
    }))
    const { faults, evaluators } = await tryDevices(
      await integerProgram(4),
      batch,
      [renewable(wrong)],
      SILENT,
    )
    expect(faults.get('k/wrong')).toMatch(
      /^outputs are not the reference's: 1 of 12 elements differ; element 5/,
    )
    expect(evaluators.map(({ name }) => name)).toEqual(['reference/reference'])
  })

  test('one that rounds floats otherwise is not, but one that is far off is', async () => {
    const devices = [off('near', 1e-6), off('far', 0.1)].map(renewable)
    const { faults } = await tryDevices(program('fp32', 4), batch, devices, SILENT)
    expect([...faults.keys()]).toEqual(['k/far'])
  })

  test('evaluate in an order that no clock decides, the reference last', async () => {
    const slow = async (read: Tensor): Promise<Tensor> => {
      await new Promise((resolve) => setTimeout(resolve, 20))
      return read
    }
    const some = (
      id: string,
      about: Partial<KernelDevice['info']>,
      change: Partial<KernelDevice> = {},
    ): KernelDevice => device(id, (reference) => ({ info: { ...reference.info, id, ...about }, ...change }))
    const inexact = (id: string, about: Partial<KernelDevice['info']>): KernelDevice =>
      device(id, (reference) => ({
        info: { ...reference.info, id, ...about },
        read: async (source) => {
          const read = await reference.read(source)
          read.data[0] *= 1 + 1e-6
          return read
        },
      }))
    const vulkan = { backend: 'vulkan', software: true }
    const devices = [
      inexact('near-software', vulkan),
      inexact('near-hardware', { ...vulkan, software: false }),
      some('partial', {}, { supports: ({ op }) => (op === 'Gemm' ? { reason: 'no Gemm' } : true) }),
      inexact('near-cpu', {}),
      some('software', vulkan),
      some('b', {}),
      device('a-slow', (reference) => ({ read: async (source) => slow(await reference.read(source)) })),
      off('far', 0.1),
    ].map(renewable)
    const order = ['a-slow', 'b', 'software', 'near-cpu', 'near-hardware', 'near-software', 'partial']
    for (const some of [devices, devices.toReversed()]) {
      const { evaluators } = await tryDevices(program('fp32', 4), batch, some, SILENT)
      expect(evaluators.map(({ name }) => name)).toEqual([
        ...order.map((id) => `k/${id}`),
        'reference/reference',
      ])
    }
  })

  test('one that failed the probe is right on this batch, yet does not evaluate', async () => {
    const info = {
      ...openReference().info,
      id: 'inexact',
      modes: { arithmetic: 'inexact: Add int8: 1 of 9' },
    }
    const inexact = device('inexact', () => ({ info }))
    const verdict = await tryDevices(await integerProgram(4), batch, [renewable(inexact)], SILENT)
    expect(verdict.faults.size).toBe(0)
    expect(verdict.evaluators.map(({ name }) => name)).toEqual(['reference/reference'])
  })

  test('one that throws is at fault with its own words', async () => {
    const broken = device('broken', () => ({ submit: () => Promise.reject(new Error('device lost')) }))
    const { faults } = await tryDevices(program('fp32', 4), batch, [renewable(broken)], SILENT)
    expect(faults.get('k/broken')).toBe('device lost')
  })
})

describe('latency', () => {
  const INPUTS = { sample: points(1), drawn: [points(1), points(1)] }
  const contenders = [
    { key: 'a', program: program('fp32', 1) },
    { key: 'b', program: program('fp16', 1) },
  ]

  test('has one figure a round for each contender, a ratio against FP32, and stages apart', async () => {
    const timed = await timeContenders(contenders, openReference(), INPUTS, QUICK)
    expect(timed.map(({ key }) => key)).toEqual(['a', 'b'])
    const [a, b] = timed
    expect(a.latency.samples).toHaveLength(b.latency.samples.length)
    expect(a.latency.vsFp32).toBeUndefined()
    expect(b.latency.vsFp32?.ratio).toBeGreaterThan(0)
    expect(a.latency.stages.deviceNs).toBe(a.latency.median)
    expect(a.latency.stages.endToEndNs).toBeGreaterThan(0)
    expect(a.memory.weightBytes).toBeGreaterThan(b.memory.weightBytes)
    const { data } = await (await load(program('fp32', 1), openReference())).run(points(1))
    expect(a.outputs).toEqual([data, data])
  })

  test('contenders take turns, and another one begins each round', async () => {
    const order: string[] = []
    // Each run takes 10 us, so that a turn of 100 us has 10 repetitions and not the 1 and 3 that size it.
    const watched = device('watched', () => ({
      time: async (steps, repeats) => {
        if (repeats > 3) order.push(steps.some(({ output }) => output.spec.dtype === 'float16') ? 'b' : 'a')
        return { clock: 'gpu', ns: Array.from({ length: repeats }, () => 1e4) }
      },
    }))
    await timeContenders(contenders, watched, INPUTS, { rounds: 6, regionNs: 1e5, budgetNs: 1e9 })
    expect(order.slice(0, 8).join('')).toBe('abbaabba')
    expect(order).toHaveLength(12)
  })

  test('where one run fills a turn, that of the rounds is its end to end', async () => {
    let submissions = 0
    const slow = device('slow', (reference) => ({
      time: async () => ({ clock: 'gpu', ns: [1e9] }),
      submit: async (steps) => {
        submissions++
        await reference.submit(steps)
      },
    }))
    const [{ latency }] = await timeContenders(contenders.slice(0, 1), slow, INPUTS, QUICK)
    expect(latency.samples).toEqual(Array.from({ length: 6 }, () => 1e9))
    expect(latency.stages.endToEndNs).toBeGreaterThan(0)
    // Once as it was loaded, once before it was timed, six rounds, and the two samples drawn.
    expect(submissions).toBe(10)
  })

  test('by the wall clock a run that fills a turn is run once a round', async () => {
    let [submissions, timings] = [0, 0]
    const slow = device('slow', (reference) => ({
      time: async () => {
        timings++
        return { clock: 'wall', ns: [1e9] }
      },
      submit: async (steps) => {
        submissions++
        await reference.submit(steps)
      },
    }))
    const [{ latency }] = await timeContenders(contenders.slice(0, 1), slow, INPUTS, QUICK)
    expect(latency.clock).toBe('wall')
    expect(latency.samples).toHaveLength(6)
    expect(Math.max(...latency.samples)).toBeLessThan(1e9)
    expect(latency.stages.deviceNs).toBe(latency.median)
    // Its turn was sized once, and no round asked for its time again.
    expect(timings).toBe(1)
    expect(submissions).toBe(10)
  })

  test('a clock that reads 0 is reported as too coarse, without a ratio', async () => {
    const coarse = device('coarse', () => ({
      time: async (_, repeats) => ({ clock: 'gpu', ns: Array.from({ length: repeats }, () => 0) }),
    }))
    const [, { latency, unstable }] = await timeContenders(contenders, coarse, INPUTS, QUICK)
    expect(unstable).toBe('the gpu clock is too coarse: it read 0 ns for most runs')
    expect(latency.vsFp32).toBeUndefined()
  })

  test('a spread past the limit is called unstable', async () => {
    let call = 0
    const noisy = device('noisy', () => ({
      time: async (_, repeats) => ({
        clock: 'gpu',
        ns: Array.from({ length: repeats }, () => 1e6 * (1 + (call++ % 4))),
      }),
    }))
    const [{ unstable }] = await timeContenders(contenders, noisy, INPUTS, {
      rounds: 10,
      regionNs: 1,
      budgetNs: 1e12,
    })
    expect(unstable).toMatch(/^the median's 95% interval is \d+% of it, past the limit of 25%$/)
  })
})

test('work of a program is the multiply-accumulates of its layers', () => {
  expect(macsOfProgram(program('fp32', 2))).toBe(2 * (3 * 4 + 4 * 3))
})
