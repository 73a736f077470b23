import { OctetError } from '@octet/core'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Cell, configurationName, type Energy, parseRun } from '../src/index.ts'
import { floatCell, int8Cell, sampleRun } from './sample.ts'

const BOARD_ENERGY: Energy = {
  tier: 'board',
  board: 'stm32u385',
  joules: 1,
  range: [0.5, 2],
  source: 'a table',
}

/** A copy of a run with one value replaced, by path. */
function changed(path: readonly (string | number)[], value: unknown): unknown {
  const copy = structuredClone(sampleRun([{ ...int8Cell(0, 0), energy: [BOARD_ENERGY] }]))
  const parent = path.slice(0, -1).reduce<unknown>((at, step) => (at as Record<string, unknown>)[step], copy)
  ;(parent as Record<string, unknown>)[path.at(-1)!] = value
  return copy
}

function faultOf(json: unknown): string {
  try {
    parseRun(json)
  } catch (error) {
    expect(error).toBeInstanceOf(OctetError)
    return (error as OctetError).message
  }
  return 'accepted'
}

test('a run with every field filled comes back as it was', () => {
  const cells: Cell[] = [
    floatCell(),
    {
      ...int8Cell(0.1, 0.1, { status: 'unstable', reason: 'spread', transforms: ['equalize'] }),
      energy: [{ tier: 'measured', joules: 1, ci95: [0.9, 1.1], source: 'a meter' }, BOARD_ENERGY],
    },
  ]
  const run = sampleRun(cells)
  expect(parseRun(JSON.parse(JSON.stringify(run)))).toEqual(run)
})

test('an earlier run without findings, transforms and peaks is read as it is', () => {
  const { findings: _f, notTimed: _n, peaks: _p, models: _m, ...run } = sampleRun()
  const layers = run.layers.map(({ shift: _s, chosen: _c, fp16: _f, ...layer }) => layer)
  expect(parseRun(JSON.parse(JSON.stringify({ ...run, layers })))).toEqual({ ...run, layers })
})

test.each([
  [['cells', 0, 'task', 'value'], '0.5'],
  [['cells', 0, 'latency', 'samples', 1], 'fast'],
  [['cells', 0, 'latency', 'ci95', 0], null],
  [['cells', 0, 'energy', 0, 'tier'], 'guessed'],
  [['cells', 0, 'energy', 0, 'board'], 'toaster'],
  [['cells', 0, 'precision'], 'int3'],
  [
    ['networks', 0, 'layers', 0, 'weights', 'ranges', 0],
    [1, -1],
  ],
  [['machine', 'adapters', 0, 'software'], 'yes'],
  [['layers', 0, 'perCalibration', 'minmax', 'zeroPoint'], 0.5],
  [['layers', 0, 'histogram', 'counts'], Array.from({ length: 129 }, () => 1)],
  [['kernels', 0, 'vsFp32', 'ratio'], -1],
  [['kernels', 0, 'weightBits'], 3],
  [['kernels', 0, 'ofPeak', 'unit'], 'f64'],
  [['notTimed', 0, 'reason'], ''],
  [['peaks', 0, 'clock'], 'sundial'],
  [['profiles', 0, 'stages', 'decodeNs'], -1],
  [
    ['models', 0, 'times', 0, 'samples'],
    [1, 2, 3, 4, 5],
  ],
  [['models', 0, 'times', 0, 'overhead'], []],
  [['layers', 0, 'shift', 'ks'], 1.5],
  [['layers', 0, 'fp16', 'verdict'], 'well'],
  [['findings', 0, 'severity'], 'grave'],
  [['cells', 0, 'transforms'], []],
  [['run', 'startedAt'], 'yesterday'],
  [['workloads', 0, 'evaluationSamples', 'used'], 0.5],
])('a bad value at %j is named by its path', (path, value) => {
  expect(faultOf(changed(path, value))).toContain(`at ${path.join('.')}:`)
})

test('a field that this octet does not know is refused by its path: writing the file again would lose it', () => {
  expect(faultOf(changed(['cells', 0, 'latency', 'joules'], 1))).toContain(
    'at cells.0.latency.joules: this octet does not know the field',
  )
})

test('what more a kernel package says of its device is left out', () => {
  expect(faultOf(changed(['machine', 'adapters', 0, 'colour'], 'red'))).toBe('accepted')
})

test('an interval whose ends are the wrong way round is refused', () => {
  expect(faultOf(changed(['cells', 0, 'task', 'ci95'], [0.2, 0.1]))).toContain('at cells.0.task.ci95')
})

test('a cell that is not ok must say why', () => {
  expect(faultOf(changed(['cells', 0, 'status'], 'failed'))).toContain('at cells.0.reason')
})

test('another schema version and a broken file have different messages', () => {
  expect(faultOf(changed(['schema'], 3))).toContain('schema 3')
})

test('whatever JSON is given, the answer is a run or an OctetError of one line', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (json) => {
      expect(faultOf(json)).not.toContain('\n')
    }),
  )
})

test('a configuration is named in words, defaults left out', () => {
  expect(configurationName(floatCell())).toBe('FP32')
  expect(configurationName(int8Cell(0, 0))).toBe('INT8, per-channel weights, minmax')
  expect(configurationName(int8Cell(0, 0, { transforms: ['adaround'] }))).toBe(
    'INT8, per-channel weights, minmax, adaround',
  )
  expect(
    configurationName(
      int8Cell(0, 0, {
        method: 'qat',
        weights: { bits: 4, scheme: 'affine', granularity: 'per-tensor' },
        activations: { bits: 8, scheme: 'symmetric', granularity: 'per-tensor' },
      }),
    ),
  ).toBe('QAT INT8, 4-bit per-tensor affine weights, symmetric activations, minmax')
})

test('a transform makes another key; none leaves the key that earlier runs have', () => {
  expect(int8Cell(0, 0).key).toBe(
    'digits/ptq/int8/w8-symmetric-per-channel/a8-affine-per-tensor/minmax/webgpu/soft',
  )
  expect(int8Cell(0, 0, { transforms: ['equalize'] }).key).toContain('/minmax/equalize/webgpu')
})
