import { describe, expect, test } from 'vitest'
import { arithmeticCases, probeCases } from '../../src/conformance/arithmetic.ts'
import type { ConformanceCase } from '../../src/conformance/index.ts'
import type { OpSpec } from '../../src/kernel/spec.ts'
import { compute } from '../../src/reference/kernels.ts'
import { tensor } from '../../src/tensor/tensor.ts'
import { arithmetic, emulate, fma, round, type Arithmetic, type Direction } from './emulation.ts'

const LISTS = { kit: [...arithmeticCases()], probe: [...probeCases()] }

type Change = (honest: Arithmetic) => Partial<Arithmetic>

interface Mutation {
  readonly ops: readonly OpSpec['op'][]
  readonly what: string
  readonly change: Change
}

const { fround } = Math
const RESCALED = ['Gemm', 'Conv', 'MatMul', 'AveragePool'] as const
const QUANTIZED = ['Add', 'Mul', 'QuantizeLinear', 'Normalize'] as const
const DIRECTIONS: readonly Direction[] = ['zero', 'away', 'up', 'down']

/** What WGSL permits a compiler to make of these ops. */
const MUTATIONS: readonly Mutation[] = [
  ...DIRECTIONS.flatMap((to): Mutation[] => [
    {
      ops: ['Add', 'Mul'],
      what: `the operands' products rounded ${to}`,
      change: () => ({ real: (q, scale) => round(q * scale, to) }),
    },
    {
      ops: ['Add', 'Normalize'],
      what: `sums rounded ${to}`,
      change: () => ({ sum: (a, b) => round(a + b, to) }),
    },
    {
      ops: ['Mul', 'Normalize'],
      what: `the inner product rounded ${to}`,
      change: () => ({ inner: (a, b) => round(a * b, to) }),
    },
    {
      ops: [...QUANTIZED, ...RESCALED],
      what: `the last product rounded ${to}`,
      change: () => ({ scaled: (x, by) => round(x * by, to) }),
    },
    {
      ops: RESCALED,
      what: `sums converted to float32 rounded ${to}`,
      change: () => ({ convert: (integer) => round(integer, to) }),
    },
  ]),
  {
    ops: ['Add'],
    what: 'the first product contracted into the sum',
    change: ({ scaled, real }) => ({
      add: (qa, sa, qb, sb, inverse) => scaled(fma(qa, sa, real(qb, sb)), inverse),
    }),
  },
  {
    ops: ['Add'],
    what: 'the second product contracted into the sum',
    change: ({ scaled, real }) => ({
      add: (qa, sa, qb, sb, inverse) => scaled(fma(qb, sb, real(qa, sa)), inverse),
    }),
  },
  {
    ops: ['Add'],
    what: 'the inverse multiplied into both operands',
    change: ({ scaled, sum, real }) => ({
      add: (qa, sa, qb, sb, inverse) => sum(scaled(real(qa, sa), inverse), scaled(real(qb, sb), inverse)),
    }),
  },
  {
    ops: ['Mul'],
    what: 'reassociated as a (b inverse)',
    change: ({ scaled, inner }) => ({ mul: (a, b, inverse) => scaled(a, inner(b, inverse)) }),
  },
  {
    ops: ['Mul'],
    what: 'reassociated as b (a inverse)',
    change: ({ scaled, inner }) => ({ mul: (a, b, inverse) => scaled(b, inner(a, inverse)) }),
  },
  {
    ops: ['Normalize'],
    what: 'its two factors multiplied first',
    change: ({ scaled, sum, inner }) => ({
      normalizeQuantize: (x, offset, scale, inverse) => scaled(sum(x, -offset), inner(scale, inverse)),
    }),
  },
  {
    ops: ['Normalize'],
    what: 'its offset multiplied through and contracted',
    change: ({ inner }) => ({ normalize: (x, offset, scale) => fma(x, scale, -inner(offset, scale)) }),
  },
  {
    ops: [...QUANTIZED, ...RESCALED],
    what: 'divided in place of multiplied by the inverse',
    change: () => ({ scaled: (x, by) => fround(x / fround(1 / by)) }),
  },
  {
    ops: [...QUANTIZED, ...RESCALED],
    what: 'ties rounded away from zero',
    change: () => ({ integer: (x) => Math.sign(x) * Math.floor(Math.abs(x) + 0.5) }),
  },
  {
    ops: [...QUANTIZED, ...RESCALED],
    what: 'rounded by adding a half',
    change: () => ({ integer: (x) => Math.floor(fround(x + 0.5)) }),
  },
]

const SEEN = MUTATIONS.flatMap(({ ops, what, change }) => ops.map((op) => ({ op, what, change })))

const honest = new Map<ConformanceCase, readonly number[] | undefined>()
for (const one of Object.values(LISTS).flat()) honest.set(one, emulate(one, arithmetic()))

/** Elements of an op's cases that a changed arithmetic turns into another integer. */
function turned(cases: readonly ConformanceCase[], op: OpSpec['op'], change: Change): number {
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
    if (emulated === undefined) expect(one.name).toMatch(/^DequantizeLinear|every half$/)
    else expect(emulated).toEqual(Array.from(expected.data))
  })

  test.each(SEEN)('$op, $what: some integer is another', ({ op, what, change }) => {
    // The probe leaves out the windows of 70,000 positions that such sums take.
    const few = list === 'probe' && op === 'AveragePool' && what.startsWith('sums converted')
    expect(turned(cases, op, change) > 0).toBe(!few)
  })
})
