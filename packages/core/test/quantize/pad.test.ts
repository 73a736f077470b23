import { expect, test } from 'vitest'
import { lower } from '../../src/execute/lower.ts'
import { observe } from '../../src/execute/observe.ts'
import { answerOf } from '../../src/execute/trace.ts'
import { modelOf } from '../../src/model/layers.ts'
import { AFFINE_INT8, SYMMETRIC_INT8 } from '../../src/numerics/index.ts'
import { ptq } from '../../src/quantize/ptq.ts'
import { tensor } from '../../src/tensor/tensor.ts'
import { GraphBuilder } from '../model/graphs.ts'

const IDENTITY = { offset: Float32Array.of(0), scale: Float32Array.of(1) }
const X = tensor('float32', [1, 1, 1, 3], Float32Array.of(-1, 0.5, 1))

/** What a Pad by one place on either side yields in INT8, and whether it keeps the input's grid. */
async function padded(value: number): Promise<{ y: number[]; keeps: boolean }> {
  const build = new GraphBuilder()
  const attributes = { mode: 'constant', pads: [0, 0, 0, 1, 0, 0, 0, 1], value } as const
  build.add({ op: 'Pad', name: 'pad', inputs: ['x'], output: 'y', attributes })
  const model = modelOf(build.graph([1, 1, 3]))
  const weights = { ...SYMMETRIC_INT8, granularity: 'per-tensor' } as const
  const seen = await observe(model, IDENTITY, [X])
  const quantized = ptq(model, seen, { calibration: 'minmax', activations: AFFINE_INT8, weights })
  const y = answerOf(lower(quantized, { batch: 1, normalizer: IDENTITY }), X)
  const [from, to] = ['x', 'y'].map((name) => quantized.activations.get(name))
  return { y: [...y], keeps: from === to }
}

test('zeros that are padded lie on the grid of the input', async () => {
  const { y, keeps } = await padded(0)
  expect(keeps).toBe(true)
  expect([y[0], y[4]]).toEqual([0, 0])
})

test.each([3, -7.5])('what is padded with %s has a grid that holds it, within a step', async (value) => {
  const { y, keeps } = await padded(value)
  expect(keeps).toBe(false)
  const step = (Math.max(1, value) - Math.min(-1, value)) / 255
  for (const [i, real] of [value, -1, 0.5, 1, value].entries())
    expect(Math.abs(y[i] - real)).toBeLessThanOrEqual(step)
})

test('what is padded with -infinity takes the least that its grid holds', async () => {
  const { y } = await padded(-Infinity)
  expect(y[0]).toBe(Math.min(...y))
  expect(y[0]).toBeCloseTo(-1, 2)
})
