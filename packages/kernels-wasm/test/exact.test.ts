import { exactConformance } from '@octet/core/conformance'
import { expect, test } from 'vitest'
import exact from '../dist/exact.js'

const kernels = await exact.open({ runtime: 'node', adapter: 'auto' })

test("every sum is the reference's to the bits, in every precision", () => {
  const results = [...exactConformance(kernels), ...exactConformance(kernels, { seed: 20261127 })]
  expect(results.filter(({ status }) => status === 'failed')).toEqual([])
  const computed = new Set(
    results.filter(({ status }) => status === 'passed').map(({ op, precision }) => `${op} ${precision}`),
  )
  for (const op of ['Conv', 'Gemm', 'MatMul'])
    for (const precision of ['fp32', 'fp16', 'int8']) expect(computed).toContain(`${op} ${precision}`)
})
