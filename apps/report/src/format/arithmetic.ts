import type { KernelResult } from '@octet/results'

type Arithmetic = Pick<KernelResult, 'precision' | 'weightBits'>

/** `FP32`, `FP16`, `INT8`; `W4A8` where weights have 4 bits under int8 activations. */
export function arithmeticOf({ precision, weightBits }: Arithmetic): string {
  return weightBits === 4 ? 'W4A8' : precision.toUpperCase()
}
