import { openReference, type ConvSpec, type OpSpec } from '@octet/core'
import { describe, expect, test } from 'vitest'
import { instancesOf, type Instance } from '../src/tune/instance.ts'
import { opOf } from '../src/ops/plan.ts'
import { gemm } from './tune-specs.ts'

describe('the oracle', () => {
  const conv: ConvSpec = {
    op: 'Conv',
    inputs: [{ dtype: 'int8', shape: [2, 6, 5, 7] }],
    output: { dtype: 'int8', shape: [2, 9, 4, 3] },
    kernel: [3, 2],
    strides: [2, 3],
    pads: [1, 1, 3, 2],
    dilations: [1, 2],
    group: 3,
    weightZeroPoints: true,
  }
  const float = (spec: OpSpec): OpSpec => ({
    ...spec,
    inputs: spec.inputs.map((one) => ({ ...one, dtype: 'float32' })),
    output: { ...spec.output, dtype: 'float32' },
  })
  const matMul: OpSpec = {
    op: 'MatMul',
    inputs: [
      { dtype: 'int8', shape: [4, 9] },
      { dtype: 'int8', shape: [9, 6] },
    ],
    output: { dtype: 'int8', shape: [4, 6] },
  }

  test.each([
    conv,
    { ...float(conv), weightZeroPoints: false },
    gemm(6, 11, 5),
    gemm(6, 11, 5, 'float32'),
    matMul,
    float(matMul),
  ] as OpSpec[])('has the same value at every point of $op $inputs.0.dtype as in the whole', async (spec) => {
    const reference = openReference()
    const compute = async ({ spec: one, constants, inputs }: Omit<Instance, 'name'>) => {
      const op = await reference.prepare(one, constants)
      const held = inputs.map((input) => reference.alloc(input))
      for (const [i, input] of inputs.entries()) await reference.write(held[i], input)
      const output = reference.alloc(one.output)
      await reference.submit([{ op, inputs: held, output }])
      return (await reference.read(output)).data
    }
    for (const instance of instancesOf(spec)) {
      const whole = await compute(instance)
      for (const [place, value] of whole.entries())
        expect(
          [...(await compute(opOf(spec)!.point!(instance, place)))],
          `${instance.name} ${place}`,
        ).toEqual([value])
    }
  })
})

test('no extremes are drawn whose sums leave int32', () => {
  expect(instancesOf(gemm(1, 120_000, 1))).toHaveLength(2)
  expect(instancesOf(gemm(1, 128_000, 1))).toHaveLength(1)
})

test('the extremes of an instance are extreme, its sums within int32 and its outputs not all saturated', () => {
  for (const spec of [gemm(3, 515, 5), { ...gemm(3, 515, 5), weightBits: 4 } as const]) {
    const [random, extremes] = instancesOf(spec)
    expect(Math.min(...random.inputs[0].data)).toBe(-128)
    expect(Math.max(...random.inputs[0].data)).toBe(127)
    expect(new Set(extremes.inputs[0].data)).toEqual(new Set([-128]))
    const { constants } = extremes
    if (constants.kind !== 'int-weights') throw new Error('weights of another kind')
    const bound = spec.weightBits === 4 ? 8 : 128
    expect(new Set(constants.weight.data)).toEqual(new Set([-bound]))
    const sum = 515 * 125 * bound
    expect(Math.abs(sum * constants.multiplier[0])).toBeLessThan(100)
    expect(Math.abs(sum * constants.multiplier[0])).toBeGreaterThan(30)
  }
})
