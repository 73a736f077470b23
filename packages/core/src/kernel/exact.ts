import type { OpSpec } from '../ops/list.ts'
import type { Constants } from '../ops/spec.ts'
import type { Tensor } from '../tensor/tensor.ts'
import type { Host } from './contract.ts'

/** The version of the contract of exact kernels for which a package is written. */
export const EXACT_CONTRACT = 1

/**
 * The default export of a module that a kernel package names beside its kernels: `"octet": { "kernels":
 * "./dist/index.js", "exact": "./dist/exact.js" }`. A package without exact kernels leaves it out.
 */
export interface ExactPackage {
  readonly contract: typeof EXACT_CONTRACT
  /** @throws An error if the kernels cannot run here. */
  open(host: Host): Promise<ExactKernels>
}

/**
 * Kernels with the reference's results in less time: calibration and evaluation give the same bits with them as
 * without. They sum floats in float64 in the reference's order and round as the reference does.
 */
export interface ExactKernels {
  /** The name of the computing device. */
  readonly name: string
  /**
   * Computes an op like the reference, to every bit (except that NaN may be any NaN), and writes the whole output.
   * False if there is no kernel for the op, or if a sum of integers leaves int32: the reference then computes it, or
   * throws its error.
   */
  compute(spec: OpSpec, constants: Constants, inputs: readonly Tensor[], output: Tensor): boolean
  dispose(): Promise<void>
}
