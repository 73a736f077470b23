import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { lower } from '../../src/execute/lower.ts'
import { observe } from '../../src/execute/observe.ts'
import { answerOf, trace } from '../../src/execute/trace.ts'
import type { PairSpec } from '../../src/ops/pair/pair.ts'
import type { Constants } from '../../src/ops/spec.ts'
import { modelOf, type Model } from '../../src/model/layers.ts'
import { AFFINE_INT8, SYMMETRIC_INT8 } from '../../src/numerics/index.ts'
import type { QuantizedModel } from '../../src/model/quantized.ts'
import { ptq } from '../../src/quantize/ptq.ts'
import { compute } from '../../src/reference/kernels.ts'
import { sqnrDb } from '../../src/sensitivity/fidelity.ts'
import { tensor, type Tensor } from '../../src/tensor/tensor.ts'
import { GraphBuilder } from '../model/graphs.ts'
import { chain, IDENTITY, outputOf, samples } from '../quantize/nets.ts'

/**
 * A MobileNetV3-like block: HardSwish, squeeze and excite by GlobalAveragePool, HardSigmoid and Mul, then Concat and
 * a Swish.
 */
function squeeze(): Model {
  const build = new GraphBuilder(11)
  const unary = (op: 'Sigmoid' | 'HardSwish' | 'GlobalAveragePool', input: string, name: string): string =>
    build.add({ op, name, inputs: [input], output: `${name}.y`, attributes: null })
  const x = unary('HardSwish', build.conv('stem', 'x', [6, 3, 3, 3], { bias: 'random' }), 'hs')
  const small = build.conv('excite', unary('GlobalAveragePool', x, 'gap'), [6, 6, 1, 1], { bias: 'random' })
  const gate = build.add({
    op: 'HardSigmoid',
    name: 'gate',
    inputs: [small],
    output: 'gate.y',
    attributes: { alpha: 1 / 6, beta: 0.5 },
  })
  const scaled = build.add({
    op: 'Mul',
    name: 'scale',
    inputs: [x, gate],
    output: 'scale.y',
    attributes: null,
  })
  const both = build.add({
    op: 'Concat',
    name: 'cat',
    inputs: [scaled, x],
    output: 'cat.y',
    attributes: { axis: -3 },
  })
  const y = build.conv('mix', both, [4, 12, 1, 1], { bias: 'random' })
  const swish = build.add({
    op: 'Mul',
    name: 'swish',
    inputs: [y, unary('Sigmoid', y, 'sig')],
    output: 's.y',
    attributes: null,
  })
  build.gemm('fc', build.flatten('flat', swish), 4, 144)
  return modelOf(build.graph([3, 8, 8]))
}

async function quantized(model: Model): Promise<QuantizedModel> {
  const observations = await observe(model, IDENTITY, [samples([16, 3, 8, 8])])
  const weights = { ...SYMMETRIC_INT8, granularity: 'per-channel' } as const
  return ptq(model, observations, { calibration: 'minmax', activations: AFFINE_INT8, weights })
}

describe('gates, joins and activation functions', () => {
  test('all precisions agree with FP32 as far as they should', async () => {
    const model = squeeze()
    const x = samples([8, 3, 8, 8], 5)
    const float = await outputOf({ precision: 'fp32', model }, x)
    expect(sqnrDb(float, await outputOf({ precision: 'fp16', model }, x))).toBeGreaterThan(55)
    expect(sqnrDb(float, await outputOf(await quantized(model), x))).toBeGreaterThan(25)
  })

  test('INT8 stays in integers from the first layer to the last', async () => {
    const { steps } = lower(await quantized(squeeze()), { batch: 2, normalizer: IDENTITY })
    expect(steps.map(({ spec }) => `${spec.op} ${spec.output.dtype}`)).toEqual([
      'Normalize int8',
      ...[
        'Conv',
        'HardSwish',
        'AveragePool',
        'Conv',
        'HardSigmoid',
        'Mul',
        'Concat',
        'Conv',
        'Swish',
        'Reshape',
        'Gemm',
      ].map((op) => `${op} int8`),
      'DequantizeLinear float32',
    ])
  })

  test('one number a pixel meets every channel', () => {
    const build = new GraphBuilder()
    const y = build.conv('c', 'x', [1, 2, 1, 1])
    build.add({ op: 'Mul', name: 'wide', inputs: ['x', y], output: 'y', attributes: null })
    const program = lower(
      { precision: 'fp32', model: modelOf(build.graph([2, 3, 3])) },
      { batch: 1, normalizer: IDENTITY },
    )
    const x = tensor(
      'float32',
      [1, 2, 3, 3],
      Float32Array.from({ length: 18 }, (_, i) => i - 7),
    )
    const [a, b] = build.initializers.get('c.w')!.data
    const expected = x.data.map((value, i) => value * (a * x.data[i % 9] + b * x.data[9 + (i % 9)]))
    answerOf(program, x).forEach((value, i) => expect(value).toBeCloseTo(expected[i], 4))
  })
})

describe('Q31 multipliers', () => {
  test.each([
    ['double', chain()],
    ['single', chain()],
    ['double', squeeze()],
    ['single', squeeze()],
  ] as const)(
    'with %s rounding each step is at most one integer from float multipliers on the same input',
    async (fixedPoint, model) => {
      const source = await quantized(model)
      const program = lower(source, { batch: 8, normalizer: IDENTITY, fixedPoint })
      const plain = lower(source, { batch: 8, normalizer: IDENTITY })
      let [rescaled, differing] = [0, 0]
      for (const { step, inputs, output } of trace(program, samples([8, 3, 8, 8], 6))) {
        const twin = plain.steps.find(({ name }) => name === step.name)!
        expect(step.constants).toEqual(twin.constants)
        const other = tensor(output.dtype, output.shape)
        compute(twin.spec, twin.constants, inputs, other)
        if (!('fixedPoint' in step.spec)) expect(output).toEqual(other)
        else {
          rescaled += output.data.length
          for (const [i, q] of output.data.entries()) {
            expect(Math.abs(q - other.data[i])).toBeLessThanOrEqual(1)
            if (q !== other.data[i]) differing++
          }
        }
      }
      expect(rescaled).toBeGreaterThan(4500)
      expect(differing / rescaled).toBeLessThan(0.02)
    },
  )

  test('are only ever asked of layers that rescale integers', async () => {
    const model = chain()
    const fp32 = lower({ precision: 'fp32', model }, { batch: 1, normalizer: IDENTITY, fixedPoint: 'double' })
    expect(fp32.steps.some(({ spec }) => 'fixedPoint' in spec)).toBe(false)
    const int8 = lower(await quantized(model), { batch: 1, normalizer: IDENTITY, fixedPoint: 'double' })
    expect(int8.steps.filter(({ spec }) => 'fixedPoint' in spec).map(({ name }) => name)).toEqual([
      'stem',
      'dw',
      'pw',
      'grouped',
      'fc',
    ])
  })

  test('Add and Mul are within one integer of the real result, whatever the grids', () => {
    const side = fc.record({
      scale: fc.double({ min: 1e-3, max: 1, noNaN: true }).map(Math.fround),
      zeroPoint: fc.integer({ min: -128, max: 127 }),
    })
    const int8 = fc.integer({ min: -128, max: 127 })
    fc.assert(
      fc.property(
        side,
        side,
        side,
        int8,
        int8,
        fc.constantFrom('double', 'single'),
        fc.constantFrom('Add', 'Mul'),
        (a, b, y, p, q, fixedPoint, op) => {
          const one = { dtype: 'int8', shape: [1] } as const
          const constants: Constants = {
            kind: op === 'Add' ? 'int-add' : 'int-mul',
            a,
            b,
            inverseScale: Math.fround(1 / y.scale),
            outputZeroPoint: y.zeroPoint,
            clamp: [-128, 127],
          }
          const spec: PairSpec = { op, inputs: [one, one], output: one, fixedPoint }
          const inputs = [p, q].map((value): Tensor => tensor('int8', [1], Int8Array.of(value)))
          const output = tensor('int8', [1])
          compute(spec, constants, inputs, output)
          const [left, right] = [(p - a.zeroPoint) * a.scale, (q - b.zeroPoint) * b.scale]
          const real = (op === 'Add' ? left + right : left * right) / y.scale + y.zeroPoint
          const held = Math.min(Math.max(real, -128), 127)
          expect(Math.abs(output.data[0] - held)).toBeLessThanOrEqual(1)
        },
      ),
      { numRuns: 500 },
    )
  })
})
