import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import {
  type DeviceTensor,
  type KernelDevice,
  lower,
  modelOf,
  openReference,
  tensor,
  type Tensor,
  tensorsOf,
} from '@octet/core'
import type { Cell } from '@octet/results'
import { expect, test } from 'vitest'
import { evaluationOf } from '../src/measure/evaluation.ts'
import { Spots } from '../src/measure/spots.ts'
import { temporaryFolder, writeWorkload } from './folder.ts'
import { cellsOn, on } from './little-sweep.ts'

const SAMPLES = 2000
/** Samples of an evaluation batch. */
const BATCH = 256
const folder = join(temporaryFolder(), 'points')
mkdirSync(folder)
const LARGE = { workloads: [{ source: writeWorkload(folder, { samples: SAMPLES }) }], samples: SAMPLES }

type Spoil = (read: Tensor) => Tensor

/**
 * A device that spoils what it reads from where `when` says, told of the tensor and of how many of its batch it has
 * read.
 */
function spoiling(
  when: (spec: DeviceTensor['spec'], before: number) => boolean,
  spoil: Spoil,
): Partial<KernelDevice> {
  const reference = openReference()
  const counts = new Map<number, number>()
  return {
    read: async (source) => {
      const read = await reference.read(source)
      const [batch] = source.spec.shape
      const before = counts.get(batch) ?? 0
      counts.set(batch, before + 1)
      return when(source.spec, before) ? spoil(read) : read
    },
  }
}

const SPOILS: Record<string, Spoil> = {
  NaN: (read) => ({ ...read, data: read.data.map(() => Number.NaN) }),
  scrambled: (read) => ({ ...read, data: read.data.toReversed() }),
  'one step off': (read) => ({ ...read, data: read.data.map((value) => value * 1.05 + 0.01) }),
}

function statuses(cells: readonly Cell[]): string[] {
  return cells.map(
    ({ precision, weights, status }) =>
      `${precision} ${weights.bits} ${status === 'failed' ? 'failed' : 'passed'}`,
  )
}

test.each(Object.entries(SPOILS))(
  '%s after batch 5 is seen, and blamed on the device alone',
  async (_, spoil) => {
    const late = spoiling(({ shape }, before) => shape[0] === BATCH && before >= 5, spoil)
    const cells = await cellsOn({ bad: late, good: {} }, LARGE)
    const alone = await cellsOn({ good: {} }, LARGE)
    expect(on(cells, 'bad')).toHaveLength(2)
    for (const { status, reason, task } of on(cells, 'bad')) {
      expect(status).toBe('failed')
      expect(reason).toMatch(/^outputs are not the reference's for evaluation sample \d+: /)
      expect(task?.device).toBe('good/good')
    }
    for (const [i, { status, task }] of on(cells, 'good').entries()) {
      expect(status).not.toBe('failed')
      expect(task).toEqual(on(alone, 'good')[i].task)
      expect(task?.value).toBeGreaterThan(0.5)
    }
  },
)

test('a device that is wrong once it has been timed has no figures, though another one evaluates', async () => {
  const worn = spoiling(({ shape }, before) => shape[0] === 1 && before >= 20, SPOILS['scrambled'])
  const cells = await cellsOn({ good: {}, worn })
  for (const { status, reason, latency, task } of on(cells, 'worn')) {
    expect(status).toBe('failed')
    expect(reason).toMatch(/^outputs are not the reference's for evaluation sample/)
    expect(latency).toBeUndefined()
    expect(task?.device).toBe('good/good')
  }
  expect(statuses(on(cells, 'good'))).toEqual(['fp32 32 passed', 'int8 8 passed'])
})

test('a verdict belongs to a program: the other programs of its precision stand', async () => {
  const reference = openReference()
  const narrow: Partial<KernelDevice> = {
    prepare: async (spec, constants) => {
      const wrong = 'weightBits' in spec && spec.weightBits === 4 && constants.kind === 'int-weights'
      return reference.prepare(
        spec,
        wrong ? { ...constants, bias: constants.bias.map((b) => b + 900) } : constants,
      )
    },
  }
  const cells = await cellsOn({ narrow, good: {} }, { weightBits: [8, 4] })
  expect(statuses(on(cells, 'narrow'))).toEqual(['fp32 32 passed', 'int8 8 passed', 'int8 4 failed'])
  expect(statuses(on(cells, 'good'))).toEqual(['fp32 32 passed', 'int8 8 passed', 'int8 4 passed'])
})

test('cells that were recorded before their device turned wrong fail too, and keep their figures', async () => {
  // A trial of two programs and FP32's evaluation take 1 + 1 + 8 batches: those of the first INT8 configuration end
  // with the 18th.
  const late = spoiling(({ shape }, before) => shape[0] === BATCH && before >= 18, SPOILS['scrambled'])
  const cells = await cellsOn(
    { bad: late, good: {} },
    { ...LARGE, calibrations: ['minmax', 'mse', 'entropy'] },
  )
  const [fp32, first, ...others] = on(cells, 'bad')
  expect(fp32.status).not.toBe('failed')
  expect(fp32.task?.device).toBe('bad/bad')
  expect(first).toMatchObject({ status: 'failed', calibration: 'minmax', task: { device: 'bad/bad' } })
  expect(first.latency?.samples.length).toBeGreaterThan(5)
  for (const { status, task } of others) {
    expect(status).toBe('failed')
    expect(task?.device).toBe('good/good')
  }
  for (const { status } of on(cells, 'good')) expect(status).not.toBe('failed')
})

test('a device that throws in every evaluation is blamed for it, and the next one answers', async () => {
  const reference = openReference()
  const whole: Partial<KernelDevice> = {}
  let batches = 0
  const breaking: Partial<KernelDevice> = {
    ...whole,
    read: async (source) => {
      if (source.spec.shape[0] === BATCH && ++batches > 4) throw new Error('out of memory')
      return reference.read(source)
    },
  }
  const cells = await cellsOn({ bad: breaking, good: {} }, LARGE)
  for (const cell of on(cells, 'bad'))
    expect(cell).toMatchObject({ status: 'failed', reason: 'out of memory' })
  for (const { status, task } of on(cells, 'good')) {
    expect(status).not.toBe('failed')
    expect(task?.device).toBe('good/good')
  }
})

test('checked samples are drawn by seed, one from each part of the evaluation, fewer where each costs much', () => {
  const x = {
    dtype: 'float32',
    shape: [SAMPLES, 1],
    data: Float32Array.from({ length: SAMPLES }, (_, i) => i),
  } as const
  const rows = Int32Array.from({ length: SAMPLES }, (_, i) => i)
  const evaluation = evaluationOf({ x, y: new Int32Array(SAMPLES) }, rows, BATCH)
  const drawn = (macs: number, seed: number, isStream = false, quick = false): number[] =>
    new Spots(evaluation, { macs, seed, quick, isStream }).samples.map(
      (sample) => tensorsOf(sample)[0].data[0],
    )
  const places = drawn(1000, 1)
  expect(places).toHaveLength(32)
  for (const [i, place] of places.entries()) {
    expect(place).toBeGreaterThanOrEqual(Math.floor((i * SAMPLES) / 32))
    expect(place).toBeLessThan(Math.floor(((i + 1) * SAMPLES) / 32))
  }
  expect(drawn(1000, 1)).toEqual(places)
  expect(drawn(1000, 2)).not.toEqual(places)
  expect(drawn(1e7, 1)).toHaveLength(20)
  expect(drawn(6e8, 1)).toHaveLength(4)
  expect(drawn(1e9, 1)).toHaveLength(2)
  expect(drawn(1e11, 1)).toHaveLength(1)
  expect(drawn(6e8, 1, true)).toEqual([0, 1, 2, 3])
  expect(drawn(3e8, 1, false, true)).toHaveLength(4)
  expect(drawn(1e9, 1, false, true)).toHaveLength(1)
})

test('a sample may have more outputs than a call takes arguments', async () => {
  const size = 250_000
  const x = tensor('float32', [1, size])
  const evaluation = evaluationOf({ x, y: new Int32Array() }, Int32Array.of(0), 1)
  const inputs = [{ name: 'x', shape: [size] }]
  const nodes = [{ op: 'Relu', name: 'r', inputs: ['x'], output: 'y', attributes: null }] as const
  const model = modelOf({ name: 'wide', inputs, output: 'y', nodes, initializers: new Map() })
  const normalizer = { offset: Float32Array.of(0), scale: Float32Array.of(1) }
  const program = lower({ precision: 'fp32', model }, { batch: 1, normalizer })
  const spots = new Spots(evaluation, { macs: 1, seed: 1, quick: false, isStream: false })
  expect(await spots.faultOfOutputs(program, [new Float32Array(size)])).toBeUndefined()
  expect(await spots.faultOfOutputs(program, [new Float32Array(size).fill(1)])).toContain('not the reference')
})
