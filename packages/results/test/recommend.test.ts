import { expect, test } from 'vitest'
import { type Cell, type Goals, recommend } from '../src/index.ts'
import { floatCell, int8Cell, latency, sampleRun } from './sample.ts'

const fp16 = floatCell({
  precision: 'fp16',
  memory: { weightBytes: 2000, activationPeakBytes: 400, deviceBytes: 3000 },
})

function choose(
  cells: readonly Cell[],
  goals: Goals = { maxDrop: 0.01 },
): ReturnType<typeof recommend>['choices'][0] {
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
  expect(choose([floatCell(), w4(0.001), eight], { maxDrop: 0.01, maxBytes: 800 }).cell).toEqual(w4(0.001))
})

test('a configuration shown to hold is preferred to a smaller loss that is not', () => {
  const sure = int8Cell(0.004, 0.002, { calibration: 'mse' })
  expect(choose([floatCell(), int8Cell(0.001, 0.02), sure]).cell).toEqual(sure)
})

test('a drop whose interval reaches past the goal is picked as likely, and the sentence asks for samples', () => {
  const choice = choose([floatCell(), int8Cell(0.002, 0.02)])
  expect(choice.standing).toBe('likely')
  expect(choice.sentence).toContain('more --samples')
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
    'INT8 is slower than FP32 here (0.66x its speed on webgpu/soft, which runs on the CPU and tells nothing about a GPU',
  )
  expect(sentence).toContain('fastest within the goals is FP32')
})

test('of kernels made for the CPU no GPU is spoken of', () => {
  const run = sampleRun([floatCell(), int8Cell(0, 0.001)])
  const adapters = run.machine.adapters.map((device) => ({ ...device, backend: 'cpu' }))
  const { choices } = recommend({ ...run, machine: { ...run.machine, adapters } }, { maxDrop: 0.01 })
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
  const workloads = [{ ...run.workloads[0], majorityShare: 0.98 }]
  expect(recommend({ ...run, workloads }).sentence).toContain('Ship INT8')
  expect(recommend({ ...run, workloads }).choices[0].sentence).toContain(
    'FP32 itself is no better than always answering the largest class (98.00%)',
  )
})

test('a device that lost to the reference is said to have', () => {
  const cell = int8Cell(0, 0.001)
  const evaluated = { ...cell, accuracy: { ...cell.accuracy!, device: 'reference/reference' } }
  expect(choose([floatCell(), evaluated]).sentence).toContain(
    'webgpu/soft is slower here than the plain TypeScript reference',
  )
})

test('goals that nothing meets give no cell, and name the goals', () => {
  const run = sampleRun([floatCell(), int8Cell(0, 0.001)])
  const { choices, sentence } = recommend(run, { maxDrop: 0.01, maxBytes: 10, maxLatencyNs: 2e6 })
  expect(choices[0].cell).toBeUndefined()
  expect(sentence).toContain(
    'no measured configuration meets the goals (1.00 points of FP32, 2 ms, 10 bytes)',
  )
})

test('a latency goal decides between devices', () => {
  const slow = int8Cell(0, 0.001, { latency: latency(9000, 0.1) })
  const fast = int8Cell(0, 0.001, { adapter: 'hard', latency: latency(300, 3) })
  const run = sampleRun([floatCell(), slow, fast])
  expect(recommend(run, { maxDrop: 0.01, maxLatencyNs: 1000 }).choices[0].cell).toEqual(fast)
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

test('one configuration is recommended for all workloads when each allows it, by its worst bound', () => {
  const cells = ['digits', 'clothes'].flatMap((workload, i) => [
    floatCell({ workload }),
    int8Cell(0.001 + 0.007 * i, 0.001, { workload }),
    int8Cell(0.003, 0.001, { workload, calibration: 'entropy' }),
  ])
  const { common, sentence } = recommend(sampleRun(cells))
  expect(common?.configuration.calibration).toBe('entropy')
  expect(common?.cells).toHaveLength(2)
  expect(sentence).toContain('Ship INT8, per-channel weights, entropy for all 2 workloads')
  expect(sentence).toContain(
    'INT8 is faster than FP32 here on none of them (0.66x to 0.66x its speed on webgpu/soft',
  )
})

test('without a configuration for all, each workload is told its own', () => {
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

test('a run without cells recommends nothing, and says so', () => {
  expect(recommend(sampleRun([])).sentence).toContain('Nothing was measured')
})
