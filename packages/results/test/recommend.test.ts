import { expect, test } from 'vitest'
import { type Cell, type Goals, recommend } from '../src/index.ts'
import { type Change, floatCell, int8Cell, latency, sampleRun } from './sample.ts'

const fp16 = floatCell({
  precision: 'fp16',
  memory: { weightBytes: 2000, activationPeakBytes: 400, deviceBytes: 3000 },
})

function choose(cells: readonly Cell[], goals: Goals = {}): ReturnType<typeof recommend>['choices'][0] {
  return recommend(sampleRun(cells), goals).choices[0]
}

test('INT8 is picked for its size when its drop is shown to be within the goal', () => {
  const choice = choose([floatCell(), fp16, int8Cell(0.001, 0.002)])
  expect(choice.cell?.precision).toBe('int8')
  expect(choice.standing).toBe('shown')
  expect(choice.sentence).toContain('3.64x smaller than FP32')
})

test('of INT8 configurations equal in size and time the one that loses least is picked', () => {
  const best = int8Cell(0.001, 0.002, { calibration: 'entropy' })
  expect(choose([floatCell(), int8Cell(0.004, 0.002), best]).cell).toEqual(best)
})

const w4 = (drop: number): Cell =>
  int8Cell(drop, 0.002, {
    weights: { bits: 4, scheme: 'symmetric', granularity: 'per-channel' },
    memory: { weightBytes: 600, residentWeightBytes: 1100, activationPeakBytes: 200, deviceBytes: 2000 },
  })

test('4-bit weights count by their exported size, whatever kernels hold: within the goal they are picked', () => {
  const choice = choose([floatCell(), w4(0.001), int8Cell(0.001, 0.002)])
  expect(choice.cell).toEqual(w4(0.001))
  expect(choice.sentence).toContain('6.67x smaller than FP32')
  const eight = int8Cell(0.001, 0.002)
  expect(choose([floatCell(), w4(0.05), eight]).cell).toEqual(eight)
  expect(choose([floatCell(), w4(0.001), eight], { maxBytes: 800 }).cell).toEqual(w4(0.001))
})

test('a configuration shown to hold is preferred to a smaller loss that is not', () => {
  const sure = int8Cell(0.004, 0.002, { calibration: 'mse' })
  expect(choose([floatCell(), int8Cell(0.001, 0.02), sure]).cell).toEqual(sure)
})

test('a drop whose interval reaches past the goal is not shipped: the sentence says how many samples show it', () => {
  const likely = int8Cell(0.002, 0.02)
  const { choices, headline, sentence } = recommend(sampleRun([floatCell(), likely]))
  expect(choices[0]).toMatchObject({
    standing: 'shown',
    cell: { precision: 'fp32' },
    unshown: { cell: likely },
  })
  expect(headline).toBe('Nothing smaller than FP32 is shown to meet the goals')
  expect(sentence).toContain(
    'INT8, per-channel weights, minmax, 3.64x smaller than FP32, is not shown to stay within 1.00 points of FP32: ' +
      '1,000 samples measure a drop of 0.20 points with an interval up to 2.20 points; ' +
      'about 6,300 samples would show it if that drop stays: --samples 6300',
  )
})

test('samples that are not there are not asked for', () => {
  const run = sampleRun([floatCell(), int8Cell(0.002, 0.02)])
  const workloads = [{ ...run.workloads[0], evaluationSamples: { used: 1000, available: 1200 } }]
  expect(recommend({ ...run, workloads }).sentence).toContain(
    'about 6,300 samples would show it if that drop stays, which the 1,200 samples at hand cannot',
  )
  expect(recommend(sampleRun([floatCell(), int8Cell(0.01, 0.02)])).sentence).toContain(
    'no number of samples would show it at that drop',
  )
})

test('where nothing is shown the likely one is named, and not shipped', () => {
  const { choices, sentence } = recommend(sampleRun([int8Cell(0.002, 0.02)]))
  expect(choices[0].standing).toBe('likely')
  expect(sentence).toMatch(
    /^Not shown to meet the goals: INT8.*that it stays within 1.00 points of FP32 is not shown/,
  )
})

test('what is shown is shipped before something smaller that is not, of which the sentence tells', () => {
  const eight = int8Cell(0.001, 0.002)
  const smaller = { ...w4(0.002), task: { ...w4(0.002).task!, ci95: [-0.021, 0.0251] as const } }
  const { choices, sentence } = recommend(sampleRun([floatCell(), smaller, eight]))
  expect(choices[0]).toMatchObject({ cell: eight, unshown: { cell: smaller } })
  expect(sentence).toMatch(
    /^Ship INT8, per-channel weights, minmax;.*4-bit .* is not shown to stay within 1.00/,
  )
})

const calibrated = (calibration: string, drop: number, sqnrDb: number, change: Change = {}): Cell =>
  int8Cell(drop, 0.005, { calibration, fidelity: { sqnrDb, maxAbsError: 1, agreement: 0.99 }, ...change })

test('of configurations that samples do not tell apart the nearest to FP32 is picked, however lucky another is', () => {
  const cells = [
    calibrated('entropy', -0.0041, 16.4),
    calibrated('minmax', 0.001, 24.2),
    calibrated('mse', 0.0014, 24.4),
  ]
  const { choices, sentence } = recommend(sampleRun([floatCell(), ...cells]))
  expect(choices[0]).toMatchObject({ cell: cells[2], reason: 'sqnr' })
  expect(choices[0].equals).toHaveLength(3)
  expect(sentence).toContain(
    'any of these three would do, as the samples do not tell their accuracies apart: ' +
      "INT8, per-channel weights (entropy, minmax, mse); this one is the nearest to FP32's output, with " +
      'an SQNR of 24.4 dB (the others: 16.4 to 24.2 dB)',
  )
})

test('a loss that the samples do tell apart goes before fidelity', () => {
  const few = int8Cell(0, 0.0005, {
    calibration: 'mse',
    fidelity: { sqnrDb: 20, maxAbsError: 1, agreement: 0.9 },
  })
  const many = int8Cell(0.008, 0.0005, { fidelity: { sqnrDb: 40, maxAbsError: 1, agreement: 1 } })
  expect(choose([floatCell(), many, few])).toMatchObject({ cell: few, equals: [few] })
})

test('of equal SQNR the higher agreement decides, and of equal agreement the simpler', () => {
  const fidelity = { sqnrDb: 30, maxAbsError: 1, agreement: 0.995 }
  const agreeing = calibrated('entropy', 0, 30.05, { fidelity })
  expect(choose([floatCell(), calibrated('minmax', 0, 30), agreeing])).toMatchObject({
    cell: agreeing,
    reason: 'agreement',
  })
  const simple = calibrated('minmax', 0, 30, {
    weights: { bits: 8, scheme: 'symmetric', granularity: 'per-tensor' },
  })
  const others = [
    calibrated('minmax', 0, 30),
    calibrated('minmax', 0, 30, { method: 'qat' }),
    calibrated('minmax', 0, 30, { transforms: ['adaround'] }),
    calibrated('auto', 0, 30),
  ]
  expect(choose([floatCell(), ...others, simple])).toMatchObject({ cell: simple, reason: 'simplicity' })
})

test('the pick does not depend on the order of the cells', () => {
  const cells = ['minmax', 'moving-average', 'entropy', 'mse', 'auto'].map((name, i) =>
    calibrated(name, 0.001 * i - 0.002, 30 + 0.04 * i),
  )
  const orders = cells.map((_, i) => cells.slice(i).concat(cells.slice(0, i)))
  const picks = new Set(
    orders.flatMap((some) => [some, some.toReversed()]).map((some) => choose(some).cell?.key),
  )
  expect(picks.size).toBe(1)
})

test.each(['failed', 'skipped'] as const)('a run with a %s cell never begins with "Ship"', (status) => {
  const cell = int8Cell(0, 0.001, { calibration: 'mse', status, reason: 'no adapter' })
  const runs = [
    sampleRun([floatCell(), int8Cell(0, 0.001), cell]),
    sampleRun([
      floatCell(),
      int8Cell(0, 0.001),
      cell,
      floatCell({ workload: 'b' }),
      int8Cell(0, 0.001, { workload: 'b' }),
    ]),
  ]
  for (const run of runs) {
    const { headline, sentence } = recommend(run)
    const word = status === 'failed' ? 'failed' : 'was skipped'
    expect(headline).toBe(`1 of ${run.cells.length} cells ${word}`)
    expect(sentence).toMatch(
      new RegExp(`^${headline}: webgpu/soft, INT8 of digits: no adapter. Of what was measured: ship INT8`),
    )
  }
})

test('a run in which nothing was measured says so', () => {
  const cells = [floatCell({ status: 'failed', reason: 'it broke' })]
  expect(recommend(sampleRun(cells)).sentence).toBe(
    '1 of 1 cell failed: webgpu/soft, FP32 of digits: it broke. Nothing was measured, so nothing can be recommended.',
  )
})

test('cells of a workload that the run does not list have their sentence', () => {
  const run = sampleRun([floatCell(), int8Cell(0, 0.001), int8Cell(0, 0.001, { workload: 'ghost' })])
  const { choices, sentence } = recommend({
    ...run,
    workloads: run.workloads.filter(({ id }) => id !== 'ghost'),
  })
  expect(choices.map(({ workload, cell }) => [workload, cell?.precision])).toEqual([
    ['digits', 'int8'],
    ['ghost', undefined],
  ])
  expect(choices[1].sentence).toContain('1 cell of it is in the run, which does not list the workload')
  expect(sentence).not.toMatch(/^Ship/)
})

test('a goal on energy that was not measured is said to be that', () => {
  const { choices, sentence } = recommend(sampleRun(), { maxEnergyJ: 0.005 })
  expect(choices[0].cell).toBeUndefined()
  expect(sentence).toContain(
    'energy was not measured, so nothing can be shown to keep to --max-energy-mj: leave it out',
  )
})

const bare = (cell: Cell): Cell => {
  const { task: _, ...rest } = cell
  return rest
}
const faithful = (sqnrDb: number, change: Change = {}): Cell =>
  bare(int8Cell(0, 0, { fidelity: { sqnrDb, maxAbsError: 1 }, ...change }))

test('a model without an accuracy is judged by the SQNR of its output', () => {
  const four = { weights: w4(0).weights, memory: w4(0).memory! }
  const run = sampleRun([bare(floatCell()), faithful(4, four), faithful(33)])
  const { choices, sentence } = recommend(run)
  expect(choices[0].cell).toEqual(faithful(33))
  expect(sentence).toContain(
    'Ship INT8, per-channel weights, minmax; there are no labels and so no accuracy, and is judged by ' +
      'the fidelity of its output: SQNR against FP32 33.0 dB on 1,000 samples',
  )
  expect(recommend(run, { minSqnrDb: 3 }).choices[0].cell?.weights.bits).toBe(4)
  const none = recommend(sampleRun([bare(floatCell()), faithful(4)]))
  expect(none.choices[0].cell?.precision).toBe('fp32')
  expect(none.sentence).toContain('the best (INT8, per-channel weights, minmax) has an SQNR of 4.0 dB')
})

test('a goal on SQNR binds models with an accuracy where it is given', () => {
  const cells = [floatCell(), int8Cell(0, 0.001)]
  expect(choose(cells).cell?.precision).toBe('int8')
  expect(choose(cells, { minSqnrDb: 31 }).cell?.precision).toBe('fp32')
})

test('when INT8 loses too much the next size is picked, and the sentence says what INT8 lost', () => {
  const choice = choose([floatCell(), fp16, int8Cell(0.05, 0.01)])
  expect(choice.cell).toEqual(fp16)
  expect(choice.sentence).toContain('no INT8 configuration meets the goals')
  expect(choice.sentence).toContain('5.00 points')
})

test('INT8 that is slower is said to be, on which adapter, and that a CPU tells nothing about a GPU', () => {
  const { sentence } = choose([floatCell(), int8Cell(0, 0.001)])
  expect(sentence).toContain(
    'INT8 is slower than FP32 here (0.66x its speed on webgpu/soft, which runs on the CPU and tells ' +
      'nothing about a GPU',
  )
  expect(sentence).toContain('fastest within the goals is FP32')
})

test('of kernels made for the CPU no GPU is spoken of', () => {
  const run = sampleRun([floatCell(), int8Cell(0, 0.001)])
  const adapters = run.machine.adapters.map((device) => ({ ...device, backend: 'cpu' }))
  const { choices } = recommend({ ...run, machine: { ...run.machine, adapters } }, {})
  expect(choices[0].sentence).toContain('(0.66x its speed on webgpu/soft, on the CPU)')
})

test('INT8 that is faster is said to be', () => {
  const { sentence } = choose([floatCell(), int8Cell(0, 0.001, { latency: latency(500, 2) })])
  expect(sentence).toContain('INT8 is faster than FP32 here (2.00x')
})

test('an unstable latency is no ground for a verdict', () => {
  const cell = int8Cell(0, 0.001, { status: 'unstable', reason: 'the rounds spread by 60%' })
  expect(choose([floatCell(), cell]).sentence).toContain(
    'whether INT8 is faster here is open, as its latency was not stable',
  )
})

test('an unstable latency stands for the longest that its interval allows', () => {
  const unsteady = (median: number): Cell =>
    int8Cell(0, 0.001, {
      status: 'unstable',
      reason: 'spread',
      adapter: 'other',
      latency: latency(median, 1),
    })
  const steady = int8Cell(0, 0.001, { latency: latency(1000, 1) })
  expect(choose([floatCell(), steady, unsteady(10)]).cell?.adapter).toBe('other')
  expect(choose([floatCell(), steady, unsteady(999)]).cell).toEqual(steady)
})

test('failed and skipped cells are never picked', () => {
  const cell = int8Cell(0, 0.001, { status: 'failed', reason: 'integers differ from the reference' })
  expect(choose([floatCell(), cell]).cell?.precision).toBe('fp32')
})

test('a model that is no better than the largest class is not recommended without saying so', () => {
  const run = sampleRun([floatCell(), int8Cell(0, 0.001)])
  const workloads = [{ ...run.workloads[0], baseline: 0.98 }]
  expect(recommend({ ...run, workloads }).sentence).toContain('Ship INT8')
  expect(recommend({ ...run, workloads }).choices[0].sentence).toContain(
    'FP32 itself is no better than always answering the largest class (98.00%)',
  )
})

test('a device that lost to the reference is said to have', () => {
  const cell = int8Cell(0, 0.001)
  const evaluated = { ...cell, task: { ...cell.task!, device: 'reference/reference' } }
  expect(choose([floatCell(), evaluated]).sentence).toContain(
    'webgpu/soft is slower here than the plain TypeScript reference',
  )
})

test('goals that nothing meets give no cell, and name the goals', () => {
  const run = sampleRun([floatCell(), int8Cell(0, 0.001)])
  const { choices, sentence } = recommend(run, { maxBytes: 10, maxLatencyNs: 2e6 })
  expect(choices[0].cell).toBeUndefined()
  expect(sentence).toContain(
    'no measured configuration meets the goals (1.00 points of FP32, 2 ms, 10 bytes)',
  )
})

test('a latency goal decides between devices', () => {
  const slow = int8Cell(0, 0.001, { latency: latency(9000, 0.1) })
  const fast = int8Cell(0, 0.001, { adapter: 'hard', latency: latency(300, 3) })
  const run = sampleRun([floatCell(), slow, fast])
  expect(recommend(run, { maxLatencyNs: 1000 }).choices[0].cell).toEqual(fast)
})

test('the configuration for all workloads is the smallest that each allows, on the device where it is fastest', () => {
  const cells = ['digits', 'clothes'].flatMap((workload) => [
    floatCell({ workload }),
    int8Cell(0.001, 0.001, { workload }),
    { ...w4(0.002), workload, latency: latency(900, 1) },
    { ...w4(0.002), workload, adapter: 'hard', latency: latency(300, 3) },
  ])
  const { common } = recommend(sampleRun(cells))
  expect(common?.configuration.weights.bits).toBe(4)
  expect(common?.cells.map(({ adapter }) => adapter)).toEqual(['hard', 'hard'])
})

test('one configuration is recommended for all workloads when each allows it: the nearest to FP32', () => {
  const near = { sqnrDb: 39, maxAbsError: 1, agreement: 0.99 }
  const cells = ['digits', 'clothes'].flatMap((workload, i) => [
    floatCell({ workload }),
    int8Cell(0.001, 0.001, { workload }),
    int8Cell(0.001 + 0.0001 * i, 0.001, { workload, calibration: 'entropy', fidelity: near }),
  ])
  const { common, sentence } = recommend(sampleRun(cells))
  expect(common?.configuration.calibration).toBe('entropy')
  expect(common?.cells).toHaveLength(2)
  expect(sentence).toContain('Ship INT8, per-channel weights, entropy for all 2 workloads')
  expect(sentence).toContain(
    'INT8 is faster than FP32 here on none of them (0.66x to 0.66x its speed on webgpu/soft',
  )
})

test('without a configuration for all, each workload gets its own', () => {
  const cells = [
    floatCell(),
    int8Cell(0, 0.001),
    floatCell({ workload: 'clothes' }),
    int8Cell(0.2, 0.01, { workload: 'clothes' }),
  ]
  const { common, sentence } = recommend(sampleRun(cells))
  expect(common).toBeUndefined()
  expect(sentence).toContain('digits: INT8')
  expect(sentence).toContain('clothes: FP32')
})

test('a run without cells, or with kernels alone, recommends nothing, and says so', () => {
  const kernels = sampleRun([])
  expect(recommend({ ...kernels, kernels: [], models: [] }).sentence).toBe(
    'Nothing was measured, so nothing can be recommended.',
  )
  expect(recommend(kernels)).toMatchObject({
    headline: 'Kernels on A software adapter',
    sentence: expect.stringContaining('W4A8 1.50x'),
  })
})
