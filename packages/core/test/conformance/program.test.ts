import { expect, test } from 'vitest'
import { faultOfProgram } from '../../src/conformance/index.ts'
import { randomProgram } from '../../src/conformance/random-program.ts'
import type { KernelDevice, Step } from '../../src/kernel/contract.ts'
import { openReference } from '../../src/reference/device.ts'
import { Random } from '../../src/statistics/random.ts'

const SEEDS = Array.from({ length: 30 }, (_, seed) => seed)

test('random programs of a few seeds have all ops, tensors that are read late, and outputs that differ', () => {
  const programs = SEEDS.map((seed) => randomProgram(new Random(seed)))
  const ops = new Set(programs.flatMap(({ steps }) => steps.map(({ spec }) => spec.op)))
  expect([...ops].toSorted()).toEqual(
    [
      'Add',
      'AveragePool',
      'Clip',
      'Concat',
      'Conv',
      'DequantizeLinear',
      'Gemm',
      'Max',
      'MaxPool',
      'Mul',
      'Normalize',
      'Reshape',
      'Sub',
    ].toSorted(),
  )
  const late = programs.filter(({ steps }) =>
    steps.some(({ inputs }, i) => inputs.some((index) => index < i)),
  )
  expect(late.length).toBeGreaterThan(10)
})

test('the reference is equal to itself, and one wrong byte of any step is found in most programs', async () => {
  const wrong = (): KernelDevice => {
    const reference = openReference()
    return Object.assign(Object.create(reference), {
      submit: async (steps: readonly Step[]) => {
        for (const [i, step] of steps.entries()) {
          await reference.submit([step])
          if (i !== steps.length >> 1) continue
          const { dtype, shape, data } = await reference.read(step.output)
          await reference.write(step.output, { dtype, shape, data: data.map((value) => value ^ 64) })
        }
      },
    }) as KernelDevice
  }
  let found = 0
  for (const seed of SEEDS) {
    expect(await faultOfProgram(openReference(), seed)).toBeUndefined()
    if ((await faultOfProgram(wrong(), seed)) !== undefined) found++
  }
  expect(found).toBeGreaterThan(SEEDS.length * 0.8)
})
