import { OctetError } from '../error.ts'
import { kernelOp, OPS, type OpSpec } from '../ops/list.ts'
import { precisionOf, type Constants } from '../ops/spec.ts'
import { sumsPastInt32 } from '../ops/work.ts'
import type { ExactKernels } from '../kernel/exact.ts'
import type { Tensor } from '../tensor/tensor.ts'

/** The reason why the reference cannot compute a spec; undefined if it can. */
export function obstacle(spec: OpSpec): string | undefined {
  const { op } = spec
  if (!Object.hasOwn(OPS, op) || !('compute' in OPS[op])) return `the reference has no ${op}`
  const precision = precisionOf(spec)
  if (!kernelOp(spec).precisions.includes(precision)) return `${op} has no meaning in ${precision}`
  return sumsPastInt32(spec)
}

/**
 * Computes every op by the formulae of `Constants`, one output tensor at a time. Float results are accumulated in
 * float64 and rounded once; activation functions use float32 steps. Faster kernels must match it.
 * @throws OctetError for a spec that `obstacle` names, and if a sum of integers leaves int32.
 */
export function compute(spec: OpSpec, constants: Constants, inputs: readonly Tensor[], output: Tensor): void {
  const reason = obstacle(spec)
  if (reason !== undefined) throw new OctetError(`cannot compute: ${reason}`)
  kernelOp(spec).compute(spec, constants, inputs, output)
}

/** The same results, computed by exact kernels if they can, else by the reference. */
export function computeBy(
  exact: ExactKernels | undefined,
  spec: OpSpec,
  constants: Constants,
  inputs: readonly Tensor[],
  output: Tensor,
): void {
  if (exact?.compute(spec, constants, inputs, output) !== true) compute(spec, constants, inputs, output)
}
