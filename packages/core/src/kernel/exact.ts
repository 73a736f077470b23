import type { OpSpec } from '../ops/list.ts'
import type { Constants } from '../ops/spec.ts'
import type { Tensor } from '../tensor/tensor.ts'
import type { Host } from './contract.ts'

/** The version of the contract of exact kernels that a package is written for. */
export const EXACT_CONTRACT = 1

/**
 * The default export of a module that a kernel package names beside its kernels: `"octet": { "kernels":
 * "./dist/index.js", "exact": "./dist/exact.js" }`. A package without such kernels leaves it out.
 */
export interface ExactPackage {
  readonly contract: typeof EXACT_CONTRACT
  /** @throws Where the kernels cannot run here. */
  open(host: Host): Promise<ExactKernels>
}

/**
 * The reference's results, sooner: calibration and evaluation in it read the same bits with these kernels as without.
 * Float sums are taken in float64 in the reference's own order and rounded as it rounds them.
 */
export interface ExactKernels {
  /** The computing device, in words. */
  readonly name: string
  /**
   * Computes an op as the reference does, to every bit (NaN as any NaN), and writes the whole output. False where there
   * is no kernel for it, or a sum of integers leaves int32: the reference then computes it, or says what is wrong.
   */
  compute(spec: OpSpec, constants: Constants, inputs: readonly Tensor[], output: Tensor): boolean
  dispose(): Promise<void>
}
