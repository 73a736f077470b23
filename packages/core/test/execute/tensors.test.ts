import { describe, expect, test } from 'vitest'
import { load } from '../../src/execute/load.ts'
import { lower } from '../../src/execute/lower.ts'
import { observe } from '../../src/execute/observe.ts'
import { answerOf } from '../../src/execute/trace.ts'
import type { Graph } from '../../src/model/graph.ts'
import { modelOf } from '../../src/model/layers.ts'
import { AFFINE_INT8, SYMMETRIC_INT8 } from '../../src/numerics/index.ts'
import { Calibration } from '../../src/quantize/calibration.ts'
import { ptq } from '../../src/quantize/ptq.ts'
import { openReference } from '../../src/reference/device.ts'
import { Random } from '../../src/statistics/random.ts'
import { elements, tensor, type Shape, type Tensor } from '../../src/tensor/tensor.ts'
import { GraphBuilder } from '../model/graphs.ts'

const NORMALIZER = { offset: Float32Array.of(1), scale: Float32Array.of(2) }
const GRIDS = {
  calibration: 'minmax',
  activations: AFFINE_INT8,
  weights: { ...SYMMETRIC_INT8, granularity: 'per-tensor' },
} as const

function samples(shape: Shape, seed: number): Tensor<'float32'> {
  const random = new Random(seed)
  return tensor(
    'float32',
    shape,
    Float32Array.from({ length: elements(shape) }, () => random.uniform()),
  )
}

/** y = 2 (a - 1) + b, less 1 at each place of a map: two inputs, and a constant that no layer takes in. */
function twoInputs(batch?: 'one'): Graph {
  const build = new GraphBuilder()
  build.constant('map', [2, 2], Float32Array.of(-1, -2, -3, 4))
  build.add({ op: 'Add', name: 'sum', inputs: ['a', 'b'], output: 'h', attributes: null })
  build.add({ op: 'Add', name: 'shift', inputs: ['map', 'h'], output: 'y', attributes: null })
  const inputs = ['a', 'b'].map((name) => ({ name, shape: [3, 2, 2] }))
  return { ...build.graph([]), inputs, ...(batch && { batch }) }
}

describe('a model of two inputs that adds a constant', () => {
  const x = [samples([2, 3, 2, 2], 1), samples([2, 3, 2, 2], 2)]
  const expected = x[0].data.map((a, i) => 2 * (a - 1) + x[1].data[i] + [-1, -2, -3, 4][i % 4])

  test('normalizes the first input alone, and runs alike on the reference and traced', async () => {
    const program = lower(
      { precision: 'fp32', model: modelOf(twoInputs()) },
      { batch: 2, normalizer: NORMALIZER },
    )
    const execution = await load(program, openReference())
    const { data } = await execution.run(x)
    expect([...data]).toEqual([...answerOf(program, x)])
    data.forEach((value, i) => expect(value).toBeCloseTo(expected[i], 5))
    expect(execution.memory.weightBytes).toBe(16)
    await execution.dispose()
  })

  test.each(['fp16', 'int8'] as const)(
    'stores the constant as %s, on a grid of its own',
    async (precision) => {
      const model = modelOf(twoInputs())
      const observations = await observe(model, NORMALIZER, [x])
      const quantized = ptq(model, observations, GRIDS)
      const source = precision === 'int8' ? quantized : ({ precision, model } as const)
      const program = lower(source, { batch: 2, normalizer: NORMALIZER })
      expect([...program.fixed.values()].map(({ dtype }) => dtype)).toEqual([
        precision === 'int8' ? 'int8' : 'float16',
      ])
      answerOf(program, x).forEach((value, i) => expect(Math.abs(value - expected[i])).toBeLessThan(0.08))
      if (precision === 'int8') expect(quantized.activations.get('map')!.scale[0]).toBeCloseTo(7 / 255, 6)
    },
  )
})

test('a model of one sample at a time takes no batch, and no transform', async () => {
  const model = modelOf(twoInputs('one'))
  expect(() => lower({ precision: 'fp32', model }, { batch: 2, normalizer: NORMALIZER })).toThrow(
    'takes one sample at a time, not 2',
  )
  const batches = [1, 2].map((seed) => [samples([1, 3, 2, 2], seed), samples([1, 3, 2, 2], seed)])
  const calibration = new Calibration(model, NORMALIZER, batches)
  expect((await calibration.quantize(GRIDS)).activations.size).toBe(5)
  const transforms = { equalization: 'exact', rounding: 'nearest', biasCorrection: false } as const
  await expect(calibration.quantize({ ...GRIDS, transforms })).rejects.toThrow('transforms need many at once')
})
