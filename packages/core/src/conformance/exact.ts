import type { ExactKernels } from '../kernel/exact.ts'
import { precisionOf } from '../ops/spec.ts'
import { compute } from '../reference/kernels.ts'
import { tensor } from '../tensor/tensor.ts'
import { asNumbers } from './bound.ts'
import { conformanceCases, type ConformanceCase, type KitChoice } from './case.ts'
import type { CaseResult } from './run.ts'

/**
 * Runs every case of the kit on exact kernels. Each whole output must equal the reference in every bit, including the
 * sign of zeros. NaN must be where the reference has NaN.
 */
export function* exactConformance(kernels: ExactKernels, choice?: KitChoice): Generator<CaseResult> {
  for (const one of conformanceCases(choice)) {
    const { name, spec } = one
    yield { case: name, op: spec.op, precision: precisionOf(spec), ...judged(kernels, one) }
  }
}

/** The fault of the first case that differs; undefined if all cases that the kernels compute agree. */
export function faultOfExact(kernels: ExactKernels): string | undefined {
  for (const { case: name, status, detail } of exactConformance(kernels))
    if (status === 'failed') return `${name}: ${detail}`
  return undefined
}

function judged(
  kernels: ExactKernels,
  { spec, constants, inputs }: ConformanceCase,
): Pick<CaseResult, 'status' | 'detail'> {
  const { dtype, shape } = spec.output
  const [actual, expected] = [tensor(dtype, shape), tensor(dtype, shape)]
  try {
    // An element that is not written keeps a number that no expected number equals.
    actual.data.fill(dtype === 'int8' ? 99 : dtype === 'float16' ? 0x7bff : -3e38)
    if (!kernels.compute(spec, constants, inputs, actual)) return { status: 'unsupported' }
    compute(spec, constants, inputs, expected)
    const [got, wanted] = [asNumbers(actual), asNumbers(expected)]
    const at = Array.from(wanted).findIndex((value, i) => !Object.is(value, got[i]))
    if (at < 0) return { status: 'passed' }
    return { status: 'failed', detail: `element ${at} is ${got[at]}, the reference's is ${wanted[at]}` }
  } catch (error) {
    return { status: 'failed', detail: error instanceof Error ? error.message : String(error) }
  }
}
