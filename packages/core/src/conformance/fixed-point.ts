import type { ConformanceCase } from './case.ts'

const ROUNDINGS = ['double', 'single'] as const

/** The int8 cases of every op that rescales sums, once more by Q31 multipliers with each rounding. */
export function* fixedPointCases(cases: readonly ConformanceCase[]): Generator<ConformanceCase> {
  for (const { name, spec, ...others } of cases)
    for (const fixedPoint of ROUNDINGS)
      switch (spec.op) {
        case 'Conv':
        case 'Gemm':
        case 'MatMul':
        case 'Add':
        case 'Mul':
        case 'AveragePool':
          if (spec.output.dtype === 'int8')
            yield { name: `${name}, Q31 ${fixedPoint} rounding`, spec: { ...spec, fixedPoint }, ...others }
      }
}
