import { expect, test } from 'vitest'
import {
  configurationKey,
  mergeRuns,
  parseRun,
  recoveryOf,
  type Cell,
  type Run,
  type Training,
} from '../src/index.ts'
import { floatCell, int8Cell, sampleRun } from './sample.ts'

const PTQ = int8Cell(0.25, 100)
const QAT = int8Cell(0.05, 100, { method: 'qat' })
const TRAINING: Training = {
  workload: 'digits',
  configuration: configurationKey(QAT),
  split: '900 train, 100 validate',
  options: { steps: 10, optimizer: 'adam' },
  seconds: 3,
  losses: [{ step: 0, loss: 0.5 }],
  validations: [{ step: 0, value: 0.5, loss: 1 }],
  best: 0,
  steps: 1,
  stoppedEarly: false,
}

test('a run keeps its trainings', () => {
  const run = { ...sampleRun([floatCell(), PTQ, QAT]), trainings: [TRAINING] }
  expect(parseRun(JSON.parse(JSON.stringify(run))).trainings).toEqual([TRAINING])
})

test('shards that both evaluated a training have it once in the whole', () => {
  const shard = (i: number, cell: Cell): Run => {
    const run = sampleRun([cell])
    return { ...run, run: { ...run.run, shard: [i, 2] }, trainings: [TRAINING] }
  }
  const shards = [shard(1, floatCell()), shard(2, QAT)]
  expect(mergeRuns('whole', shards).trainings).toEqual([TRAINING])
})

test('recovery is over plain PTQ on the same grids and calibration', () => {
  const others = [
    int8Cell(0.1, 100, { transforms: ['adaround'] }),
    int8Cell(0.15, 100, { calibration: 'entropy' }),
    int8Cell(0.2, 100, { weights: { bits: 4, scheme: 'symmetric', granularity: 'per-tensor' } }),
  ]
  const run = sampleRun([...others, PTQ, QAT])
  const recovery = recoveryOf(run, QAT)!
  expect(recovery.gained).toBeCloseTo(0.2, 10)
  expect(recovery.ptq).toBe(PTQ.task!.value)
  expect(recoveryOf(run, PTQ)).toBeUndefined()
})

test('recovery where PTQ was not measured is left open', () => {
  const { task, ...unmeasured } = QAT
  expect(recoveryOf(sampleRun([QAT]), QAT)).toEqual({
    task: 'classification',
    qat: task!.value,
    fp32: task!.fp32,
  })
  expect(recoveryOf(sampleRun([unmeasured]), unmeasured)).toBeUndefined()
})
