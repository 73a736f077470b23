import type { ConcatSpec } from '@octet/core'
import { expect, test } from 'vitest'
import { plan } from '../src/ops/plan.ts'
import { NO_FEATURES } from './adapters.ts'

const TARGET = { ...NO_FEATURES, id: 'none', software: true }

function joining(dtype: 'int8' | 'float32', count: number): ConcatSpec {
  const inputs = Array.from({ length: count }, () => ({ dtype, shape: [1, 3, 2, 2] }))
  return { op: 'Concat', axis: 1, inputs, output: { dtype, shape: [1, 3 * count, 2, 2] } }
}

test.each([
  ['float32', 7],
  ['int8', 6],
] as const)(
  'so many %s tensors are joined as every adapter may bind, %i, and more are declined with the number',
  (dtype, most) => {
    expect(plan(joining(dtype, most), TARGET)).not.toHaveProperty('reason')
    expect(plan(joining(dtype, most + 1), TARGET)).toEqual({
      reason: `joins at most ${most} tensors, not ${most + 1}`,
    })
  },
)
