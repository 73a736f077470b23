import type { OpSpec } from '../../src/ops/list.ts'
import { type Arithmetic, type Direction, fma, round } from './emulation.ts'

/** An op whose arithmetic is changed in one place. */
export interface Mutation {
  readonly op: OpSpec['op']
  readonly what: string
  readonly change: (honest: Arithmetic) => Partial<Arithmetic>
}

interface Change extends Pick<Mutation, 'what' | 'change'> {
  readonly ops: readonly OpSpec['op'][]
}

const { fround } = Math
const RESCALED = ['Gemm', 'Conv', 'MatMul', 'AveragePool'] as const
const QUANTIZED = ['Add', 'Mul', 'QuantizeLinear', 'Normalize'] as const
const DIRECTIONS: readonly Direction[] = ['zero', 'away', 'up', 'down']

/** What WGSL permits a compiler to make of these ops, and three slips of those who write kernels. */
const CHANGES: readonly Change[] = [
  ...DIRECTIONS.flatMap((to): Change[] => [
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
      ops: [...QUANTIZED, ...RESCALED, 'DequantizeLinear'],
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
    change: () => ({ integer: (x) => Math.sign(x) * Math.floor(fround(Math.abs(x) + 0.5)) }),
  },
  {
    ops: [...QUANTIZED, ...RESCALED],
    what: 'rounded by adding a half',
    change: () => ({ integer: (x) => Math.floor(fround(x + 0.5)) }),
  },
]

export const MUTATIONS: readonly Mutation[] = CHANGES.flatMap(({ ops, what, change }) =>
  ops.map((op) => ({ op, what, change })),
)
