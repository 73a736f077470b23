import { isOnGrid, type Program } from '@octet/core'

/**
 * How far a float output may be from the reference's, as a share of the largest output. Wide on purpose: it tells a
 * wrong kernel from one that rounds otherwise, layer after layer; the bounds of single ops are the conformance kit's.
 */
const SHARES = { fp32: 1e-3, fp16: 2e-2, int8: 1e-3, mixed: 2e-2 }

/** The share that a program may differ by: none where it computes in integers up to its output. */
export function toleranceOf({ precision, steps }: Program): number {
  const float = !isOnGrid(precision) || steps.some(({ spec }) => spec.op === 'Softmax')
  return float ? SHARES[precision] : 0
}
