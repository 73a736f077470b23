import { isOnGrid, type Program } from '@octet/core'

/**
 * The largest difference of a float output from the reference's, as a share of the largest output. It is wide, because
 * it separates a wrong kernel from a kernel whose rounding differs layer after layer. The conformance kit has the
 * bounds of single ops.
 */
const SHARES = { fp32: 1e-3, fp16: 2e-2, int8: 1e-3, mixed: 2e-2 }

/** The allowed difference of a program as a share. It is 0 if the program computes in integers up to its output. */
export function toleranceOf({ precision, steps }: Program): number {
  const float = !isOnGrid(precision) || steps.some(({ spec }) => spec.op === 'Softmax')
  return float ? SHARES[precision] : 0
}
