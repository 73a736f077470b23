import type { MatMulSpec } from '@octet/core'
import { expect, test } from 'vitest'
import { plan } from '../src/ops/plan.ts'
import { NO_FEATURES } from './adapters.ts'

test('a MatMul whose sums could leave int32 is declined, and only in int8', () => {
  const spec = (k: number, dtype: 'int8' | 'float32'): MatMulSpec => ({
    op: 'MatMul',
    inputs: [
      { dtype, shape: [1, k] },
      { dtype, shape: [k, 1] },
    ],
    output: { dtype, shape: [1, 1] },
  })
  const planned = (k: number, dtype: 'int8' | 'float32'): unknown =>
    plan(spec(k, dtype), { ...NO_FEATURES, id: 'any', software: true })
  expect(planned(33_026, 'int8')).toEqual({ reason: expect.stringContaining('33026 products') })
  expect(planned(33_025, 'int8')).not.toHaveProperty('reason')
  expect(planned(33_100, 'float32')).not.toHaveProperty('reason')
})
