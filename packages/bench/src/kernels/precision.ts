import type { Precision } from '@octet/core'
import type { KernelResult } from '@octet/results'

/** What a kernel is timed in: a precision, or `w4a8`: int8 activations with 4-bit weights. */
export type KernelPrecision = Precision | 'w4a8'

export const KERNEL_PRECISIONS: readonly KernelPrecision[] = ['fp32', 'fp16', 'int8', 'w4a8']

/** A precision as results have it. */
export function storedAs(precision: KernelPrecision): Pick<KernelResult, 'precision' | 'weightBits'> {
  return precision === 'w4a8' ? { precision: 'int8', weightBits: 4 } : { precision }
}

/** The precision that results mean. */
export function kernelPrecisionOf({
  precision,
  weightBits,
}: Pick<KernelResult, 'precision' | 'weightBits'>): KernelPrecision {
  return weightBits === 4 ? 'w4a8' : precision
}
