import type { Precision } from '@octet/core'
import type { KernelResult } from '@octet/results'

/** What a kernel is timed in: a precision, or `w4a8`: int8 activations with 4-bit weights. */
export type Arithmetic = Precision | 'w4a8'

export const ARITHMETICS: readonly Arithmetic[] = ['fp32', 'fp16', 'int8', 'w4a8']

/** An arithmetic as results have it. */
export function storedAs(arithmetic: Arithmetic): Pick<KernelResult, 'precision' | 'weightBits'> {
  return arithmetic === 'w4a8' ? { precision: 'int8', weightBits: 4 } : { precision: arithmetic }
}

/** The arithmetic that results mean. */
export function arithmeticOf({
  precision,
  weightBits,
}: Pick<KernelResult, 'precision' | 'weightBits'>): Arithmetic {
  return weightBits === 4 ? 'w4a8' : precision
}
