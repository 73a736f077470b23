import { expect, test } from 'vitest'
import { Carried } from '../../src/execute/carried.ts'
import { load } from '../../src/execute/load.ts'
import { lower } from '../../src/execute/lower.ts'
import { observe } from '../../src/execute/observe.ts'
import { answerOf } from '../../src/execute/trace.ts'
import type { Graph } from '../../src/model/graph.ts'
import { modelOf } from '../../src/model/layers.ts'
import { inferShapes } from '../../src/model/shapes.ts'
import { AFFINE_INT8, SYMMETRIC_INT8 } from '../../src/numerics/index.ts'
import { ptq } from '../../src/quantize/ptq.ts'
import { openReference } from '../../src/reference/device.ts'
import { tensor, type Tensor } from '../../src/tensor/tensor.ts'
import { GraphBuilder } from '../model/graphs.ts'

const NORMALIZER = { offset: Float32Array.of(1), scale: Float32Array.of(2) }
const WEIGHT = [0.5, -0.25, 0.75, 0.125, 0.25, 0.5, -0.5, 0.625]
/** What a Transpose turns, and turns back. */
const PERM = [0, 2, 1]

/**
 * y = relu(h) - before, where h = W [x, h before] and `before` is the sample before. The Relu is fused into no layer,
 * because h is a state. The other state is an input. Two Transposes turn h on its way.
 */
function streaming(): Graph {
  const build = new GraphBuilder()
  build.constant('w', [2, 4], Float32Array.from(WEIGHT))
  const gemm = { alpha: 1, beta: 1, transA: false, transB: true }
  const [turned, back] = ['turn', 'back'].map((name) => ({ name, attributes: { perm: PERM } }))
  build.add({ op: 'Reshape', name: 'tall', inputs: ['s'], output: 's1', attributes: { shape: [0, 2, 1] } })
  build.add({ op: 'Transpose', inputs: ['s1'], output: 's2', ...turned })
  build.add({ op: 'Reshape', name: 'flat', inputs: ['s2'], output: 's3', attributes: { shape: [0, 2] } })
  build.add({ op: 'Concat', name: 'both', inputs: ['x', 's3'], output: 'c', attributes: { axis: 1 } })
  build.add({ op: 'Gemm', name: 'gemm', inputs: ['c', 'w'], output: 'g', attributes: gemm })
  build.add({ op: 'Relu', name: 'relu', inputs: ['g'], output: 'r', attributes: null })
  build.add({ op: 'Sub', name: 'change', inputs: ['r', 'before'], output: 'y', attributes: null })
  build.add({ op: 'Reshape', name: 'high', inputs: ['g'], output: 'g1', attributes: { shape: [0, 2, 1] } })
  build.add({ op: 'Transpose', inputs: ['g1'], output: 'g2', ...back })
  build.add({ op: 'Transpose', name: 'again', inputs: ['g2'], output: 'g3', attributes: { perm: PERM } })
  build.add({ op: 'Reshape', name: 'end', inputs: ['g3'], output: 'h', attributes: { shape: [0, 2] } })
  const states = [
    { input: 's', output: 'h' },
    { input: 'before', output: 'x' },
  ]
  const inputs = ['s', 'x', 'before'].map((name) => ({ name, shape: [2] }))
  return { ...build.graph([]), inputs, output: 'y', batch: 'one', states }
}

const SAMPLES = Array.from({ length: 12 }, (_, t) =>
  tensor('float32', [1, 2], Float32Array.of(Math.sin(t) + 1, Math.cos(2 * t) + 1)),
)
/** By hand. */
const EXPECTED = ((): number[][] => {
  let [h, before] = [
    [0, 0],
    [0, 0],
  ]
  return SAMPLES.map(({ data }) => {
    const x = Array.from(data, (value) => 2 * (value - 1))
    const read = [...x, ...h]
    h = [0, 1].map((m) => read.reduce((sum, value, k) => sum + value * WEIGHT[4 * m + k], 0))
    const y = h.map((value, m) => Math.max(0, value) - before[m])
    before = x
    return y
  })
})()

function expectNear(answers: readonly ArrayLike<number>[], within: number): void {
  for (const [t, y] of answers.entries())
    for (const [m, value] of EXPECTED[t].entries()) expect(Math.abs(y[m] - value)).toBeLessThan(within)
}

test('a state is zeros at first, then what the last sample left, in any precision and after a reset', async () => {
  const model = modelOf(streaming())
  const observations = await observe(model, NORMALIZER, SAMPLES)
  const grids = {
    activations: AFFINE_INT8,
    weights: { ...SYMMETRIC_INT8, granularity: 'per-tensor' },
  } as const
  const int8 = ptq(model, observations, { calibration: 'minmax', ...grids })
  const float = (precision: 'fp32' | 'fp16') => ({ precision, model })
  for (const [source, within] of [
    [float('fp32'), 1e-5],
    [float('fp16'), 0.01],
    [int8, 0.1],
  ] as const) {
    const program = lower(source, { batch: 1, normalizer: NORMALIZER })
    expect(program.inputs).toHaveLength(1)
    const execution = await load(program, openReference())
    const run = async (x: Tensor<'float32'>): Promise<Float32Array> => (await execution.run(x)).data
    const answers: Float32Array[] = []
    for (const x of SAMPLES) answers.push(await run(x))
    expectNear(answers, within)
    const carried = new Carried()
    expect(SAMPLES.map((x) => answerOf(program, x, { carried }))).toEqual(answers)
    execution.reset()
    expect(await run(SAMPLES[0])).toEqual(answers[0])
    await execution.dispose()
  }
  // What the model carries was carried while it was observed: all samples but the last, and zeros.
  const before = SAMPLES.slice(0, -1).flatMap(({ data }) =>
    [...data].map((value) => Math.fround(2 * (value - 1))),
  )
  const range = { min: Math.min(0, ...before), max: Math.max(0, ...before) }
  expect(observations.get('before')!.range).toEqual(range)
})

test('a state is refused that is of another shape than its input, or that nothing computes', () => {
  const graph = streaming()
  for (const [output, message] of [
    ['s1', 'its state "s1" [1, 2, 1] does not fit input "s" [1, 2]'],
    ['w', 'its state "w" is not computed, and does not fit input "s" [1, 2]'],
  ])
    expect(() => inferShapes({ ...graph, states: [{ input: 's', output }] }, 1)).toThrow(message)
})
