import { describe, expect, test } from 'vitest'
import { arithmeticCases, probeCases } from '../../src/conformance/case.ts'
import type { ConformanceCase } from '../../src/conformance/index.ts'
import type { OpSpec } from '../../src/ops/list.ts'
import { compute } from '../../src/reference/kernels.ts'
import { tensor } from '../../src/tensor/tensor.ts'
import { arithmetic, emulate } from './emulation.ts'
import { type Mutation, MUTATIONS } from './mutations.ts'

const LISTS = { kit: [...arithmeticCases()], probe: [...probeCases()] }

const honest = new Map<ConformanceCase, readonly number[] | undefined>()
for (const one of Object.values(LISTS).flat()) honest.set(one, emulate(one, arithmetic()))

/** Elements of an op's cases that a changed arithmetic turns into another integer. */
function turned(cases: readonly ConformanceCase[], op: OpSpec['op'], change: Mutation['change']): number {
  const by = arithmetic(change)
  let count = 0
  for (const one of cases) {
    if (one.spec.op !== op) continue
    const right = honest.get(one)
    const changed = right && emulate(one, by)
    right?.forEach((q, i) => (count += Number(q !== changed![i])))
  }
  return count
}

describe.each(['kit', 'probe'] as const)('the cases of the %s', (list) => {
  const cases = LISTS[list]

  test.each(cases)('$name: the emulation is the reference where nothing is changed', (one) => {
    const expected = tensor(one.spec.output.dtype, one.spec.output.shape)
    compute(one.spec, one.constants, one.inputs, expected)
    const emulated = honest.get(one)
    if (emulated === undefined) expect(one.name).toMatch(/every half$/)
    else expect(emulated).toEqual(Array.from(expected.data))
  })

  test.each(MUTATIONS)('$op, $what: some integer is another', ({ op, what, change }) => {
    // The probe leaves out the windows of 70,000 positions that such sums take.
    const few = list === 'probe' && op === 'AveragePool' && what.startsWith('sums converted')
    expect(turned(cases, op, change) > 0).toBe(!few)
  })
})
