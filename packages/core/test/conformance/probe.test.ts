import { expect, test } from 'vitest'
import { inexactness, probed } from '../../src/conformance/index.ts'
import { FUSED, type KernelDevice } from '../../src/kernel/contract.ts'
import { overlay } from '../../src/kernel/overlay.ts'
import type { Constants } from '../../src/ops/spec.ts'
import type { OpSpec } from '../../src/ops/list.ts'
import { openReference } from '../../src/reference/device.ts'
import { arithmetic, emulate, fma, round, type Arithmetic } from './emulation.ts'

/** The reference, whose integer ops go by an arithmetic of another kind. */
function computing(by: Arithmetic): KernelDevice {
  const reference = openReference()
  const known = new Map<object, Constants>()
  return overlay(reference, {
    prepare: async (spec: OpSpec, constants: Constants) => {
      const op = await reference.prepare(spec, constants)
      known.set(op, constants)
      return op
    },
    submit: async (steps) => {
      await reference.submit(steps)
      for (const { op, inputs, output } of steps) {
        const held = await Promise.all(inputs.map((input) => reference.read(input)))
        const values = emulate({ name: '', spec: op.spec, constants: known.get(op)!, inputs: held }, by)
        const { dtype, shape } = output.spec
        if (values !== undefined && dtype === 'int8')
          await reference.write(output, { dtype, shape, data: Int8Array.from(values) })
      }
    },
  })
}

test('a device that computes as the reference does is exact, and says how it computes as before', async () => {
  const { info } = await probed(computing(arithmetic()))
  expect(info.modes['arithmetic']).toBe('exact')
  expect(info.modes['int8']).toBe(openReference().info.modes['int8'])
  expect(inexactness(info)).toBeUndefined()
})

test.each([
  [
    'Add',
    'contracted',
    arithmetic(({ scaled, real }) => ({
      add: (qa, sa, qb, sb, inverse) => scaled(fma(qa, sa, real(qb, sb)), inverse),
    })),
  ],
  ['Add', 'rounded toward zero', arithmetic(() => ({ scaled: (x, by) => round(x * by, 'zero') }))],
  [
    'Mul',
    'reassociated',
    arithmetic(({ scaled, inner }) => ({ mul: (a, b, by) => scaled(a, inner(b, by)) })),
  ],
  ['MatMul', 'with sums rounded away', arithmetic(() => ({ convert: (sum) => round(sum, 'away') }))],
])('one whose %s is %s is not, and the case is named', async (op, _, by) => {
  const { info } = await probed(computing(by))
  expect(info.modes['arithmetic']).toMatch(new RegExp(`^inexact: ${op} int8: .* elements differ; element`))
  expect(inexactness(info)).toMatch(new RegExp(`^its INT8 arithmetic is not exact: ${op} int8: `))
})

test('one that throws is not exact either', async () => {
  const broken = overlay(openReference(), { submit: () => Promise.reject(new Error('device lost')) })
  expect(inexactness((await probed(broken)).info)).toMatch(/: device lost$/)
})

test('one without INT8 kernels is not called exact, but nothing is held against it', async () => {
  const float = overlay(openReference(), { supports: () => ({ reason: 'floats only' }) })
  const { info } = await probed(float)
  expect(info.modes['arithmetic']).toBe('not probed: no INT8 kernels')
  expect(inexactness(info)).toBeUndefined()
})

test('the other members of a probed device run on the device itself', async () => {
  const device = await probed(openReference())
  const held = device.alloc({ dtype: 'int8', shape: [1, 3] })
  await device.write(held, { dtype: 'int8', shape: [1, 3], data: Int8Array.of(1, 2, 3) })
  expect((await device.read(held)).data).toEqual(Int8Array.of(1, 2, 3))
})

test('a device whose floats are fused may not compute accuracy, exact as its integers are', async () => {
  const reference = openReference()
  const { info } = reference
  const modes = { ...info.modes, fp32: `${FUSED}multiply-add` }
  const fused = overlay(reference, { info: { ...info, modes } })
  const probe = (await probed(fused)).info
  expect(probe.modes['arithmetic']).toBe('exact')
  expect(inexactness(probe)).toMatch(/floats are fused/)
})
