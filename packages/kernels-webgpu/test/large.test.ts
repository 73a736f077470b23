import { elements, type ConvSpec, type DType, type OpSpec, type TensorSpec } from '@octet/core'
import { afterAll, describe, expect, test } from 'vitest'
import { plan } from '../src/ops/plan.ts'
import { judgeVariants } from '../src/tune/judge.ts'
import { adapters, open, targetOf } from './adapters.ts'
import { LONG } from './tier.ts'

/** Elements that float32 cannot number, and four times the threads that 65,535 workgroups of 64 have. */
const MANY = 2 ** 24 + 5

const of = (dtype: DType, ...shape: number[]): TensorSpec => ({ dtype, shape })
const POINT = { kernel: [1, 1], strides: [1, 1], pads: [0, 0, 0, 0], dilations: [1, 1] } as const
const WINDOW = { ...POINT, kernel: [3, 3], pads: [1, 1, 1, 1] } as const

function conv(channels: number, size: number, outputs: number, how: Partial<ConvSpec> = {}): ConvSpec {
  const [input, output] = [of('int8', 1, channels, size, size), of('int8', 1, outputs, size, size)]
  return { op: 'Conv', inputs: [input], output, ...POINT, group: 1, weightZeroPoints: false, ...how }
}

function gemm(rows: number, depth: number, outputs: number): OpSpec {
  const [input, output] = [of('int8', rows, depth), of('int8', rows, outputs)]
  return { op: 'Gemm', inputs: [input], output, weightZeroPoints: false }
}

const FLAT = of('int8', 1, MANY)
const IMAGE = of('int8', 1, 1, 4100, 4100)
const FEW_CHANNELS = of('int8', 1, 5, 1840, 1840)

/** Each takes seconds: the first tier has the first one. */
const SPECS: readonly OpSpec[] = [
  { op: 'Clip', inputs: [FLAT], output: FLAT },
  conv(1, 4100, 1),
  { op: 'Clip', inputs: [of('float32', 1, MANY)], output: of('float32', 1, MANY) },
  { op: 'Clip', inputs: [of('float16', 1, MANY)], output: of('float16', 1, MANY) },
  { op: 'Add', inputs: [FLAT, FLAT], output: FLAT },
  { op: 'Mul', inputs: [FEW_CHANNELS, of('int8', 1, 5, 1, 1)], output: FEW_CHANNELS },
  { op: 'Sigmoid', inputs: [FLAT], output: FLAT },
  { op: 'HardSwish', inputs: [of('float32', 1, MANY)], output: of('float32', 1, MANY) },
  {
    op: 'Concat',
    axis: 1,
    inputs: [of('int8', 1, 3, 1840, 1840), of('int8', 1, 2, 1840, 1840)],
    output: FEW_CHANNELS,
  },
  { op: 'Concat', axis: 2, inputs: [of('int8', 1, 1, 4099, 4100), of('int8', 1, 1, 1, 4100)], output: IMAGE },
  { op: 'Reshape', inputs: [FEW_CHANNELS], output: of('int8', 1, elements(FEW_CHANNELS.shape)) },
  { op: 'Normalize', inputs: [of('float32', 1, MANY)], output: FLAT },
  { op: 'QuantizeLinear', inputs: [of('float32', 1, MANY)], output: FLAT },
  { op: 'DequantizeLinear', inputs: [FLAT], output: of('float32', 1, MANY) },
  { op: 'Softmax', inputs: [of('float32', 4_200_000, 4)], output: of('float32', 4_200_000, 4) },
  { op: 'MaxPool', inputs: [IMAGE], output: IMAGE, ...WINDOW },
  { op: 'AveragePool', inputs: [IMAGE], output: IMAGE, ...WINDOW, countIncludePad: false },
  conv(1, 4100, 1, WINDOW),
  conv(4, 2060, 4, { ...WINDOW, group: 4 }),
  conv(6, 1700, 6, { ...WINDOW, group: 2 }),
  conv(8, 1460, 8, { ...WINDOW, group: 2 }),
  gemm(MANY, 1, 1),
  gemm(1, 1, 65_535 * 4 + 7),
  gemm(3, 5, 65_535 * 8 + 9),
  {
    op: 'MatMul',
    inputs: [of('int8', 4099, 3), of('int8', 3, 4101)],
    output: of('int8', 4099, 4101),
  },
]

/** What is wrong with numbers of elements is wrong on any adapter: the first tier has one. */
describe.each(LONG ? adapters : adapters.slice(0, 1))('on $id', async ({ id }) => {
  const device = await open(id)
  const target = await targetOf(id, {})
  afterAll(async () => device.dispose())

  test.each(SPECS.slice(0, LONG ? undefined : 1))(
    '$op of $inputs.0.dtype $inputs.0.shape equals the reference by all variants, past float32 or one dimension',
    async (spec) => {
      const choices = plan(spec, target)
      if ('reason' in choices) throw new Error(choices.reason)
      const names = device.variants?.(spec) ?? []
      expect(names).toEqual(choices.map(({ name }) => name))
      const { right, rejected } = await judgeVariants(device, spec, names, { capMs: Infinity })
      expect(rejected).toEqual([])
      expect(right).toEqual(names)
    },
  )

  test('the specs have dispatches that one dimension does not hold, of every op that has so many outputs', () => {
    const split = SPECS.filter((spec) => {
      const choices = plan(spec, target)
      return !('reason' in choices) && choices.some((choice) => choice.build().workgroups[1] > 1)
    })
    const ops = new Set(split.map(({ op }) => op))
    expect([...new Set(SPECS.map(({ op }) => op))].filter((op) => !ops.has(op))).toEqual([])
  })
})
