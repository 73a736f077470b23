import { describe, expect, test } from 'vitest'
import { load } from '../../src/execute/load.ts'
import { lower } from '../../src/execute/lower.ts'
import { observe } from '../../src/execute/observe.ts'
import { programKey, type Program } from '../../src/execute/program.ts'
import type { DeviceTensor, KernelDevice, Step } from '../../src/kernel/contract.ts'
import type { OpSpec } from '../../src/ops/list.ts'
import { modelOf, type Model } from '../../src/model/layers.ts'
import { AFFINE_INT8, SYMMETRIC_INT8 } from '../../src/numerics/index.ts'
import { ptq } from '../../src/quantize/ptq.ts'
import { openReference } from '../../src/reference/device.ts'
import { tensor, type Tensor } from '../../src/tensor/tensor.ts'
import { Random } from '../../src/statistics/random.ts'
import { GraphBuilder } from '../model/graphs.ts'

const IDENTITY = { offset: Float32Array.of(0), scale: Float32Array.of(1) }
const NORMALIZER = { offset: Float32Array.of(0.5, 0), scale: Float32Array.of(2, 3) }

/** conv, residual Add, pool, flatten, dense, softmax: a tensor that is read late, and every kind of border. */
function residual(): Model {
  const build = new GraphBuilder(5)
  const stem = build.relu('r', build.conv('stem', 'x', [4, 2, 3, 3], { pads: [1, 1, 1, 1], bias: 'random' }))
  const branch = build.conv('branch', stem, [4, 4, 3, 3], { pads: [1, 1, 1, 1] })
  const sum = build.add({ op: 'Add', name: 'sum', inputs: [stem, branch], output: 'sum.y', attributes: null })
  const pooled = build.add({
    op: 'MaxPool',
    name: 'pool',
    inputs: [sum],
    output: 'pool.y',
    attributes: { kernel: [2, 2], strides: [2, 2], pads: [0, 0, 0, 0], dilations: [1, 1], ceilMode: false },
  })
  const logits = build.gemm('fc', build.flatten('flat', pooled), 5, 36)
  build.add({ op: 'Softmax', name: 'softmax', inputs: [logits], output: 'p', attributes: { axis: -1 } })
  return modelOf(build.graph([2, 6, 6]))
}

function samples(count: number, seed: number): Tensor<'float32'> {
  const random = new Random(seed)
  return tensor(
    'float32',
    [count, 2, 6, 6],
    Float32Array.from({ length: count * 72 }, () => random.uniform() * 2 - 1),
  )
}

async function quantized(
  calibration: string,
  granularity: 'per-tensor' | 'per-channel' = 'per-channel',
): Promise<Program> {
  const model = residual()
  const observations = await observe(model, NORMALIZER, [samples(8, 1), samples(8, 2)])
  const weights = { ...SYMMETRIC_INT8, granularity }
  return lower(ptq(model, observations, { calibration, activations: AFFINE_INT8, weights }), {
    batch: 3,
    normalizer: NORMALIZER,
  })
}

/** The reference, declining some ops. */
function declining(...ops: OpSpec['op'][]): KernelDevice {
  return Object.assign(Object.create(openReference()), {
    supports: (spec: OpSpec) => (ops.includes(spec.op) ? { reason: 'declined for the test' } : true),
  }) as KernelDevice
}

type HostTensor = DeviceTensor & { readonly storage: ArrayBuffer; readonly offset: number }

describe('load', () => {
  test('ops that the device declines run on the reference, are named, and change nothing', async () => {
    const program = await quantized('minmax')
    const whole = await load(program, openReference())
    const parts = await load(program, declining('Add', 'Normalize', 'Reshape'))
    expect(whole.fallbackOps).toEqual([])
    expect(parts.fallbackOps).toEqual(['normalize', 'sum', 'flat'])
    for (const seed of [3, 4])
      expect(await parts.run(samples(3, seed))).toEqual(await whole.run(samples(3, seed)))
    expect((await parts.time(2)).clock).toBe('wall')
  })

  test('a device that declines everything still yields the reference result', async () => {
    const program = await quantized('minmax')
    const all = program.steps.map(({ spec }) => spec.op)
    const bare = await load(program, declining(...all))
    expect(bare.fallbackOps).toHaveLength(program.steps.length)
    expect(await bare.run(samples(3, 3))).toEqual(
      await (await load(program, openReference())).run(samples(3, 3)),
    )
  })

  test.each(['one block', 'tensor by tensor'])(
    'a view lies in the storage of its input, %s, and changes nothing',
    async (where) => {
      const program = await quantized('minmax')
      const whole = await load(program, openReference())
      const reference = openReference()
      const views: Step[] = []
      const viewing = Object.assign(Object.create(reference), {
        ...(where === 'tensor by tensor' && { arena: undefined }),
        views: ({ op }: OpSpec) => op === 'Reshape',
        submit: async (steps: readonly Step[]) => {
          views.push(...steps.filter(({ op }) => op.spec.op === 'Reshape'))
          await reference.submit(steps.filter(({ op }) => op.spec.op !== 'Reshape'))
        },
      }) as KernelDevice
      const parts = await load(program, viewing)
      for (const seed of [3, 4])
        expect(await parts.run(samples(3, seed))).toEqual(await whole.run(samples(3, seed)))
      expect(views).toHaveLength(3)
      for (const { inputs, output } of views) {
        const [x, y] = [inputs[0], output] as HostTensor[]
        expect([y.storage === x.storage, y.offset]).toEqual([true, x.offset])
      }
    },
  )

  test('memory counts weights as stored and activations by liveness', async () => {
    const { memory } = await load(await quantized('minmax'), openReference())
    const weights = 4 * 2 * 9 + 4 * 4 * 9 + 5 * 36
    const biases = 4 * (4 + 4 + 5)
    expect(memory.weightBytes).toBe(weights + biases)
    // The worst step is the Add: two inputs and an output, 4 channels each.
    expect(memory.activationPeakBytes).toBe(3 * 3 * 4 * 36)
  })
})

describe('lower', () => {
  test('calibrations and granularities of one model share a program key; precisions and batches do not', async () => {
    const key = programKey(await quantized('minmax'))
    expect(programKey(await quantized('entropy'))).toBe(key)
    expect(programKey(await quantized('minmax', 'per-tensor'))).toBe(key)
    const model = residual()
    const keys = (['fp32', 'fp16'] as const).flatMap((precision) =>
      [1, 2].map((batch) => programKey(lower({ precision, model }, { batch, normalizer: NORMALIZER }))),
    )
    expect(new Set([key, ...keys]).size).toBe(5)
  })

  test('INT8 runs from the raw samples to DequantizeLinear in integers, Softmax in float', async () => {
    const { steps } = await quantized('minmax')
    expect(steps.map(({ spec }) => `${spec.op} ${spec.output.dtype}`)).toEqual([
      'Normalize int8',
      'Conv int8',
      'Conv int8',
      'Add int8',
      'MaxPool int8',
      'Reshape int8',
      'Gemm int8',
      'DequantizeLinear float32',
      'Softmax float32',
    ])
  })

  test('all three precisions agree with FP32 as far as they should', async () => {
    const model = residual()
    const x = samples(3, 9)
    const run = async (program: Program): Promise<Float32Array> =>
      (await (await load(program, openReference())).run(x)).data
    const fp32 = await run(lower({ precision: 'fp32', model }, { batch: 3, normalizer: NORMALIZER }))
    const fp16 = await run(lower({ precision: 'fp16', model }, { batch: 3, normalizer: NORMALIZER }))
    const int8 = await run(await quantized('minmax'))
    const worst = (y: Float32Array): number => Math.max(...y.map((value, i) => Math.abs(value - fp32[i])))
    expect(worst(fp16)).toBeGreaterThan(0)
    expect(worst(fp16)).toBeLessThan(0.01)
    expect(worst(int8)).toBeGreaterThan(worst(fp16))
    expect(worst(int8)).toBeLessThan(0.2)
  })
})

describe('observe', () => {
  test('an empty calibration set and a NaN in it are told apart, each with its mend', async () => {
    await expect(observe(residual(), NORMALIZER, [])).rejects.toThrow('the calibration set is empty')
    const bad = samples(4, 1)
    bad.data[2 * 72 + 5] = NaN
    await expect(observe(residual(), NORMALIZER, [samples(8, 1), bad])).rejects.toThrow(
      'calibration sample 10 holds NaN',
    )
  })

  test('large samples run one after the other and are still one batch', async () => {
    const build = new GraphBuilder(5)
    const x = tensor('float32', [3, 1, 1500, 1500])
    for (const [sample, value] of [3, -2, 1].entries()) x.data[sample * 1500 ** 2 + 7] = value
    const output = build.relu('r', 'x')
    const seen = await observe(modelOf(build.graph([1, 1500, 1500])), IDENTITY, [x])
    expect(seen.get('x')!.movingAverage).toMatchObject({ batches: 1, range: { min: -2, max: 3 } })
    expect(seen.get(output)).toMatchObject({ count: x.data.length, range: { min: 0, max: 3 } })
  })

  test('what is observed does not depend on how samples are batched, moving average apart', async () => {
    const all = samples(6, 1)
    const half = (from: number): Tensor<'float32'> =>
      tensor('float32', [3, 2, 6, 6], all.data.slice(from * 72, (from + 3) * 72))
    const [whole, split] = [
      await observe(residual(), NORMALIZER, [all]),
      await observe(residual(), NORMALIZER, [half(3), half(0)]),
    ]
    for (const [name, { histogram, range, count }] of whole)
      expect(split.get(name)).toMatchObject({ histogram, range, count })
  })
})

test('an integer program that is cut short yields its integers as they are, negative ones too', async () => {
  const whole = await quantized('minmax')
  const end = whole.steps.findLastIndex(({ output }) => whole.tensors[output].dtype === 'int8')
  const program = { ...whole, steps: whole.steps.slice(0, end + 1), output: whole.steps[end].output }
  const execution = await load(program, openReference())
  const { data } = await execution.run(samples(program.batch, 3))
  expect(data.every((value) => Number.isInteger(value) && value >= -128 && value <= 127)).toBe(true)
  expect(data.some((value) => value < 0)).toBe(true)
  await execution.dispose()
})
