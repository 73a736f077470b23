import type { KernelResult } from '@octet/results'

/** `FP32`, `FP16`, `INT8`; `W4A8` where weights have 4 bits under int8 activations. */
export function precisionName({
  precision,
  weightBits,
}: Pick<KernelResult, 'precision' | 'weightBits'>): string {
  return weightBits === 4 ? 'W4A8' : precision.toUpperCase()
}
