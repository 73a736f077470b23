import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import {
  AFFINE_INT8,
  answerOf,
  calibrator,
  type Granularity,
  lower,
  type Model,
  modelOf,
  type Observation,
  observe,
  ptq,
  raisedScales,
  SYMMETRIC_INT8,
  type Tensor,
  tensorsOf,
} from '@octet/core'
import { expect, test } from 'vitest'
import { batchOf, sizeOf, type Workload } from '../../src/index.ts'
import { openFolder } from '../../src/folder/open.ts'

// Workload folders of reported faults lie beside the repository where it is developed, and are no part of it.
const cases = fileURLToPath(new URL('../../../../../shared/cases', import.meta.url))

interface Case extends Workload {
  readonly model: Model
  readonly x: Tensor<'float32'>
  readonly observations: ReadonlyMap<string, Observation>
  /** One of the case's JSON files. */
  read(file: string): unknown
}

async function open(name: string): Promise<Case> {
  const folder = `${cases}/${name}`
  const workload = await openFolder(folder)
  const model = modelOf(workload.graph)
  const { calibration, evaluation, normalizer } = workload
  const batch = batchOf(calibration, 0, sizeOf(calibration))
  return {
    ...workload,
    model,
    x: tensorsOf(batchOf(evaluation, 0, evaluation.x.shape[0]))[0],
    observations: await observe(model, normalizer, [batch]),
    read: (file) => JSON.parse(readFileSync(`${folder}/${file}`, 'utf8')) as unknown,
  }
}

function answer(one: Case, granularity: Granularity, calibration: string): Float32Array {
  const { model, normalizer, observations, x } = one
  const weights = { ...SYMMETRIC_INT8, granularity }
  const quantized = ptq(model, observations, { calibration, activations: AFFINE_INT8, weights })
  return answerOf(lower(quantized, { batch: x.shape[0], normalizer }), x)
}

const here = (name: string): string =>
  existsSync(`${cases}/${name}`) ? '' : ` (skipped: no ${name} beside the repository)`

test.skipIf(here('bias-overflow') !== '').each(['per-tensor', 'per-channel'] as const)(
  `bias-overflow: a bias beside tiny weights is within a step of exact arithmetic, %s${here('bias-overflow')}`,
  async (granularity) => {
    const one = await open('bias-overflow')
    const oracle = one.read('int8_oracle.json') as { step: number } & Record<Granularity, number[][]>
    const expected = oracle[granularity].flat()
    const y = answer(one, granularity, 'minmax')
    expect(y.length).toBe(expected.length)
    for (const [i, value] of expected.entries())
      expect(Math.abs(y[i] - value)).toBeLessThanOrEqual(1.001 * oracle.step)
    const weights = { ...SYMMETRIC_INT8, granularity }
    const quantized = ptq(one.model, one.observations, {
      calibration: 'minmax',
      activations: AFFINE_INT8,
      weights,
    })
    expect(raisedScales([quantized]).map(({ tensor }) => tensor)).toContain('c.weight')
  },
)

test.skipIf(here('outlier-percentile') !== '')(
  `outlier-percentile: a sentinel does not widen percentiles${here('outlier-percentile')}`,
  async () => {
    const one = await open('outlier-percentile')
    const { 'int8_percentile_99.9': expected } = one.read('expected.json') as {
      'int8_percentile_99.9': Record<'x_range' | 'y_range', [number, number]> & { accuracy: number }
    }
    for (const tensor of ['x', 'y'] as const) {
      const { min, max } = calibrator('percentile-99.9').range(one.observations.get(tensor)!, AFFINE_INT8)
      const [, exact] = expected[`${tensor}_range`]
      for (const end of [-min, max]) expect(Math.abs(end / exact - 1)).toBeLessThan(0.02)
    }
    const y = answer(one, 'per-channel', 'percentile-99.9')
    const classes = y.length / one.evaluation.y.length
    const right = one.evaluation.y.filter((label, row) => {
      const scores = y.subarray(row * classes, (row + 1) * classes)
      return scores.indexOf(Math.max(...scores)) === label
    }).length
    expect(right / one.evaluation.y.length).toBeGreaterThan(expected.accuracy - 0.01)
  },
)
