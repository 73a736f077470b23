import { expect, test } from 'vitest'
import { compareRuns, machineDifferences, type Cell, type Run } from '../src/index.ts'
import { floatCell, int8Cell, latency, sampleRun } from './sample.ts'

function elsewhere(run: Run): Run {
  return { ...run, machine: { ...run.machine, cpu: 'another' } }
}

test('a run compared with itself holds, without differences', () => {
  const run = sampleRun()
  expect(compareRuns(run, run)).toEqual({
    compared: 2,
    judged: { accuracy: 2, RMSE: 0, cosine: 0, fidelity: 1, bytes: 2, time: 0, kernels: 2 },
    differences: [],
    faults: [],
    notJudged: [
      'time of 2 cells on webgpu/soft: one run each, and no history of equal runs on this machine with ' +
        'its devices as they are',
    ],
    holds: true,
  })
})

test('lost accuracy gates', () => {
  const { differences, holds } = compareRuns(sampleRun([int8Cell(0, 0)]), sampleRun([int8Cell(0.001, 0)]))
  expect(differences).toMatchObject([{ figure: 'accuracy', verdict: 'worse', gates: true }])
  expect(holds).toBe(false)
})

test('one INT8 output that is another gates, on the same machine, device, model and data', () => {
  const other = { outputsHash: 'fedcba9876543210' }
  const before = sampleRun([int8Cell(0, 0)])
  const after = sampleRun([int8Cell(0, 0, other)])
  const { differences, holds } = compareRuns(before, after)
  expect(differences).toMatchObject([{ figure: 'outputs', verdict: 'worse', gates: true }])
  expect(holds).toBe(false)
  const trained: Run = { ...after, run: { ...after.run, modelHashes: { digits: 'trained again' } } }
  for (const later of [trained, elsewhere(after)]) expect(compareRuns(before, later).differences).toEqual([])
  const floats = [floatCell(), floatCell(other)].map((cell) => sampleRun([cell]))
  expect(compareRuns(floats[0], floats[1]).differences).toEqual([])
  const { outputsHash: _, ...earlier } = int8Cell(0, 0)
  const without = sampleRun([earlier])
  expect(compareRuns(before, without).differences).toMatchObject([{ figure: 'outputs', after: 'missing' }])
})

test('gained accuracy is reported and does not gate', () => {
  const { differences, holds } = compareRuns(sampleRun([int8Cell(0.001, 0)]), sampleRun([int8Cell(0, 0)]))
  expect(differences).toMatchObject([{ figure: 'accuracy', verdict: 'better', gates: false }])
  expect(holds).toBe(true)
})

test('more bytes gate, on another machine too', () => {
  const heavy = int8Cell(0, 0, { memory: { weightBytes: 1101, activationPeakBytes: 200, deviceBytes: 1 } })
  const { differences, holds } = compareRuns(sampleRun([int8Cell(0, 0)]), elsewhere(sampleRun([heavy])))
  expect(differences).toMatchObject([{ figure: 'weightBytes', before: 1100, after: 1101, gates: true }])
  expect(holds).toBe(false)
})

test.each([
  [0.96, true],
  [1.2, true],
  [1.3, false],
  [0.5, false],
])('memory of %f times the size is of the same machine: %s', (ratio, same) => {
  const { machine } = sampleRun()
  const other = { ...machine, memoryBytes: ratio * machine.memoryBytes }
  expect(machineDifferences(machine, other).map(({ name }) => name)).toEqual(same ? [] : ['the memory'])
})

test('time is never judged between machines that differ, and that is said', () => {
  const slow = floatCell({ latency: latency(2000) })
  const { differences, notJudged } = compareRuns(sampleRun([floatCell()]), elsewhere(sampleRun([slow])))
  expect(differences).toEqual([])
  expect(notJudged).toEqual([`time: the machines differ (the CPU: ${sampleRun().machine.cpu}, another)`])
})

test('accuracy over other samples is not judged, and that is said', () => {
  const run = sampleRun([int8Cell(0.1, 0)])
  const other: Run = { ...run, run: { ...run.run, seed: 2 } }
  const { differences, notJudged } = compareRuns(sampleRun([int8Cell(0, 0)]), other)
  expect(differences).toEqual([])
  expect(notJudged.join()).toContain('other samples')
})

test('a cell that fails where it answered before gates', () => {
  const failed = floatCell({ status: 'failed', reason: 'broken' })
  const { differences, holds } = compareRuns(sampleRun([floatCell()]), sampleRun([failed]))
  expect(differences).toMatchObject([{ figure: 'status', before: 'ok', after: 'failed', gates: true }])
  expect(holds).toBe(false)
})

test('a cell that the second run lacks gates; one that only the second has is named', () => {
  const { compared, differences, notJudged, holds } = compareRuns(
    sampleRun([floatCell(), int8Cell(0, 0)]),
    sampleRun([floatCell(), int8Cell(0, 0, { calibration: 'mse' })]),
  )
  expect(compared).toBe(1)
  expect(differences).toMatchObject([
    { figure: 'cell', key: int8Cell(0, 0).key, before: 'ok', after: 'missing', gates: true },
  ])
  expect(notJudged.slice(1)).toEqual([
    `${int8Cell(0, 0, { calibration: 'mse' }).key}: only in the second run`,
  ])
  expect(holds).toBe(false)
})

test('a workload that the second run lacks gates, in one difference', () => {
  const clothes = [floatCell({ workload: 'clothes' }), int8Cell(0, 0, { workload: 'clothes' })]
  const { differences, holds } = compareRuns(sampleRun([floatCell(), ...clothes]), sampleRun([floatCell()]))
  expect(differences).toMatchObject([
    { figure: 'workload', key: 'clothes', before: '2 cells', after: 'missing', gates: true },
  ])
  expect(holds).toBe(false)
})

test('cells of a device that the second run lacks gate, though others of that configuration are there', () => {
  const cells = [floatCell(), floatCell({ kernels: 'wasm', adapter: 'cpu' })]
  const { differences } = compareRuns(sampleRun(cells), sampleRun([cells[0]]))
  expect(differences).toMatchObject([{ figure: 'cell', key: 'digits/fp32/wasm/cpu', gates: true }])
})

test('a cell that was skipped in the first run is no loss', () => {
  const skipped = int8Cell(0, 0, { status: 'skipped', reason: 'no adapter', adapter: 'none' })
  const { differences, notJudged, holds } = compareRuns(
    sampleRun([floatCell(), skipped]),
    sampleRun([floatCell()]),
  )
  expect(differences).toEqual([])
  expect(notJudged.slice(1)).toEqual([`${skipped.key}: only in the first run, and not measured there`])
  expect(holds).toBe(true)
})

test('runs without anything in common do not hold', () => {
  const empty: Run = { ...sampleRun([]), kernels: [], models: [] }
  for (const [before, after] of [
    [empty, empty],
    [empty, sampleRun()],
  ])
    expect(compareRuns(before, after)).toMatchObject({
      holds: false,
      faults: [expect.stringContaining('nothing was comparable')],
    })
})

test('runs whose accuracies are all of other samples do not hold', () => {
  const run = sampleRun([int8Cell(0, 0)])
  const { holds, faults } = compareRuns(run, { ...run, run: { ...run.run, seed: 2 } })
  expect(faults).toEqual([expect.stringContaining('no accuracy of digits was comparable')])
  expect(holds).toBe(false)
})

test('more ops on the reference gate, and fewer do not', () => {
  const on = (...fallbackOps: string[]): Run => sampleRun([floatCell({ fallbackOps })])
  expect(compareRuns(on('conv1'), on('conv1', 'conv2'))).toMatchObject({
    differences: [{ figure: 'fallbackOps', before: 'conv1', after: 'conv1, conv2', gates: true }],
    holds: false,
  })
  expect(compareRuns(on('conv1'), on())).toMatchObject({
    differences: [{ figure: 'fallbackOps', before: 'conv1', after: 'none', verdict: 'better' }],
    holds: true,
  })
  expect(compareRuns(on('conv1'), on('conv2')).holds).toBe(false)
})

test.each([
  [1e-7, []],
  [-1e-7, []],
  [-1e-5, [{ figure: 'sqnrDb', verdict: 'worse', gates: true }]],
  [1e-5, [{ figure: 'sqnrDb', verdict: 'better', gates: false }]],
])('decibels that differ by %f', (change, expected) => {
  const at = (sqnrDb: number): Run =>
    sampleRun([int8Cell(0, 0, { fidelity: { sqnrDb, maxAbsError: 1, agreement: 1 } })])
  expect(compareRuns(at(30), at(30 + change)).differences).toMatchObject(expected)
})

test('where another device computed FP32, a tenth of a decibel is none', () => {
  const at = (sqnrDb: number): Run =>
    sampleRun([int8Cell(0, 0, { fidelity: { sqnrDb, maxAbsError: 1, agreement: 1 } })])
  expect(compareRuns(at(30), elsewhere(at(29.95))).holds).toBe(true)
  expect(compareRuns(at(30), elsewhere(at(29.8))).holds).toBe(false)
})

test('a cell that has no accuracy any more gates', () => {
  const { task: _, ...bare } = int8Cell(0, 0)
  expect(compareRuns(sampleRun([int8Cell(0, 0)]), sampleRun([bare]))).toMatchObject({
    differences: [{ figure: 'accuracy', after: 'missing', gates: true }],
    holds: false,
  })
})

test('kernels and races of models that the second run lacks gate', () => {
  const run = sampleRun([])
  expect(compareRuns(run, { ...run, kernels: [] })).toMatchObject({
    differences: [
      { figure: 'kernel', key: 'webgpu/soft Gemm w4a8 gemm 8x8x8', after: 'missing', gates: true },
    ],
    holds: false,
  })
  expect(compareRuns(run, { ...run, models: [] })).toMatchObject({
    differences: [{ figure: 'model race', key: 'webgpu/soft digits', gates: true }],
    holds: false,
  })
  const hard = run.kernels.map((kernel) => Object.assign({}, kernel, { adapter: 'hard' }))
  expect(compareRuns({ ...run, models: [] }, { ...run, models: [], kernels: hard }).holds).toBe(true)
})

test('on another device INT8 accuracy is judged, and nothing else', () => {
  const moved = (cell: Cell): Cell => ({ ...cell, adapter: 'other', key: `${cell.key}-other` })
  const before = sampleRun([floatCell(), int8Cell(0, 0)])
  const after = sampleRun([moved(floatCell({ latency: latency(9000) })), moved(int8Cell(0.001, 0))])
  const { compared, differences, notJudged } = compareRuns(before, after)
  expect(compared).toBe(2)
  expect(differences).toMatchObject([{ figure: 'accuracy', verdict: 'worse', gates: true }])
  expect(notJudged).toMatchObject([
    expect.stringMatching(/^2 cells, all but the accuracy of INT8: measured on .* and .*\/other$/),
  ])
})
