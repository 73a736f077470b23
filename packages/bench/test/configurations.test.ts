import { Calibration, lower, modelOf, programKey } from '@octet/core'
import { configurationKey } from '@octet/results'
import { openWorkload } from '@octet/workloads'
import { expect, test } from 'vitest'
import { configurations, configure } from '../src/sweep/configurations.ts'
import { calibrationBatches } from '../src/sweep/seen.ts'

const DEFAULT = {
  precisions: ['fp32', 'fp16', 'int8'],
  methods: ['ptq'],
  calibrations: ['minmax', 'mse', 'auto'],
  granularities: ['per-tensor', 'per-channel'],
  schemes: ['affine'],
  weightBits: [8, 4],
  wholeProduct: false,
  transforms: ['none'],
} as const

function widths(change: Partial<Parameters<typeof configurations>[0]> = {}): (8 | 4 | 16 | 32)[] {
  return configurations({ ...DEFAULT, ...change }).map(({ weights }) => weights.bits)
}

test('by default 4-bit weights are measured with the first calibration alone, of both granularities', () => {
  expect(widths()).toEqual([32, 16, 8, 8, 8, 8, 8, 8, 4, 4])
  const four = configurations(DEFAULT).filter(({ weights }) => weights.bits === 4)
  expect(four.map(({ weights, calibration }) => [weights.granularity, calibration])).toEqual([
    ['per-tensor', 'minmax'],
    ['per-channel', 'minmax'],
  ])
})

test('the whole product is measured when it is asked for', () => {
  expect(widths({ wholeProduct: true }).filter((bits) => bits === 4)).toHaveLength(6)
})

test('every configuration has a key of its own, transforms included', () => {
  const transforms = ['none', 'equalize', 'bias-correction', 'adaround'] as const
  const keys = configurations({ ...DEFAULT, wholeProduct: true, transforms }).map(configurationKey)
  expect(keys).toHaveLength(2 + 2 * 2 * 3 * 4)
  expect(new Set(keys).size).toBe(keys.length)
})

test('each transform changes the weights or biases that are shipped, and none the program', async () => {
  const workload = await openWorkload('weather-mlp')
  const model = modelOf(workload.graph)
  const calibration = new Calibration(model, workload.normalizer, calibrationBatches(workload))
  const shipped = await Promise.all(
    configurations({
      ...DEFAULT,
      precisions: ['int8'],
      calibrations: ['minmax'],
      granularities: ['per-tensor'],
      weightBits: [4],
      transforms: ['none', 'equalize', 'bias-correction', 'adaround'],
    }).map((configuration) => configure(model, calibration, configuration)),
  )
  const numbers = shipped.map((made) =>
    made.precision === 'int8'
      ? [...made.weights.values()].map(({ weight, bias }) => [...weight.data, ...bias].join()).join()
      : '',
  )
  expect(new Set(numbers).size).toBe(4)
  const keys = shipped.map((made) => programKey(lower(made, { batch: 1, normalizer: workload.normalizer })))
  expect(new Set(keys).size).toBe(1)
})
