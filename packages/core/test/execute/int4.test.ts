import { describe, expect, test } from 'vitest'
import { load } from '../../src/execute/load.ts'
import { lower } from '../../src/execute/lower.ts'
import { observe } from '../../src/execute/observe.ts'
import { programKey, type Program } from '../../src/execute/program.ts'
import { answerOf } from '../../src/execute/trace.ts'
import { expectConstants, type Constants } from '../../src/ops/spec.ts'
import type { GemmSpec } from '../../src/ops/gemm.ts'
import { AFFINE_INT8, SYMMETRIC_INT8, type QuantScheme } from '../../src/numerics/index.ts'
import type { MixedModel, QuantizedModel } from '../../src/model/quantized.ts'
import { ptq } from '../../src/quantize/ptq.ts'
import { openReference } from '../../src/reference/device.ts'
import { mix } from '../../src/sensitivity/mix.ts'
import { tensor } from '../../src/tensor/tensor.ts'
import { chain, IDENTITY, samples } from '../quantize/nets.ts'

const model = chain()
const observations = await observe(model, IDENTITY, [samples([16, 3, 8, 8])])

function quantized(scheme: QuantScheme): QuantizedModel {
  const weights = { ...scheme, granularity: 'per-channel' } as const
  return ptq(model, observations, { calibration: 'minmax', activations: AFFINE_INT8, weights })
}

function lowered(source: QuantizedModel | MixedModel): Program {
  return lower(source, { batch: 2, normalizer: IDENTITY })
}

/** Bits that each weighted step is declared with, by name. */
function declared({ steps }: Program): Record<string, number> {
  return Object.fromEntries(
    steps.flatMap(({ name, spec }) =>
      spec.op === 'Conv' || spec.op === 'Gemm' ? [[name, spec.weightBits ?? 8]] : [],
    ),
  )
}

describe('4-bit weights', () => {
  test.each([
    ['symmetric', { ...SYMMETRIC_INT8, bits: 4 }],
    ['affine', { ...AFFINE_INT8, bits: 4 }],
  ] as const)('are declared in every spec of a model quantized to them, %s', (_, scheme) => {
    const program = lowered(quantized(scheme))
    expect(declared(program)).toEqual({ stem: 4, dw: 4, pw: 4, grouped: 4, fc: 4 })
    for (const { spec, constants } of program.steps)
      if (spec.op === 'Conv' || spec.op === 'Gemm')
        expect(expectConstants(spec, constants, 'int-weights')).toBe(constants)
  })

  test('make another program than 8-bit ones do, with the same results declared or not', () => {
    const four = lowered(quantized({ ...SYMMETRIC_INT8, bits: 4 }))
    expect(declared(lowered(quantized(SYMMETRIC_INT8)))).toEqual({ stem: 8, dw: 8, pw: 8, grouped: 8, fc: 8 })
    expect(programKey(four)).not.toBe(programKey(lowered(quantized(SYMMETRIC_INT8))))
    const undeclared: Program = {
      ...four,
      steps: four.steps.map((step) => {
        const { weightBits: _, ...spec } = step.spec as GemmSpec
        return { ...step, spec }
      }),
    }
    const x = samples([2, 3, 8, 8], 4)
    expect(answerOf(undeclared, x)).toEqual(answerOf(four, x))
  })

  test('are declared for just those layers of a mixed model that have them', () => {
    const assignment = new Map(
      Object.entries({ stem: 'int8', dw: 'w4a8', pw: 'int8', grouped: 'fp16', fc: 'w4a8' } as const),
    )
    const candidates = { int8: quantized(SYMMETRIC_INT8), w4a8: quantized({ ...SYMMETRIC_INT8, bits: 4 }) }
    expect(declared(lowered(mix(candidates, assignment)))).toEqual({
      stem: 8,
      dw: 4,
      pw: 8,
      grouped: 8,
      fc: 4,
    })
  })

  test('count two a byte as stored, and by the byte where a device holds them so', async () => {
    const [four, eight] = [{ ...SYMMETRIC_INT8, bits: 4 } as const, SYMMETRIC_INT8].map(quantized)
    const [few, many] = await Promise.all(
      [four, eight].map(async (one) => (await load(lowered(one), openReference())).memory),
    )
    const halves = [...four.weights.values()].map(({ weight }) => Math.floor(weight.data.length / 2))
    const saved = halves.reduce((sum, count) => sum + count, 0)
    expect(saved).toBeGreaterThan(100)
    expect(few.weightBytes).toBe(many.weightBytes - saved)
    expect(few.residentWeightBytes).toBe(many.residentWeightBytes)
  })

  test.each([8, -9])('a weight of %i beside that declaration is refused', (weight) => {
    const one = { dtype: 'int8', shape: [1, 1] } as const
    const spec: GemmSpec = { op: 'Gemm', inputs: [one], output: one, weightZeroPoints: false, weightBits: 4 }
    const constants: Constants = {
      kind: 'int-weights',
      weight: tensor('int8', [1, 1], Int8Array.of(weight)),
      bias: new Int32Array(1),
      multiplier: Float32Array.of(1),
      inputZeroPoint: 0,
      weightZeroPoints: new Int32Array(1),
      outputZeroPoint: 0,
      clamp: [-128, 127],
    }
    expect(() => expectConstants(spec, constants, 'int-weights')).toThrow(
      `Gemm was declared with 4-bit weights, yet one is ${weight}, outside [-8, 7]`,
    )
  })
})
