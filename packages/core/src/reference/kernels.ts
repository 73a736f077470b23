import { OctetError } from '../error.ts'
import { kernelOp, OPS, type OpSpec } from '../ops/list.ts'
import { precisionOf, type Constants } from '../ops/spec.ts'
import { sumsPastInt32 } from '../ops/work.ts'
import type { ExactKernels } from '../kernel/exact.ts'
import type { Tensor } from '../tensor/tensor.ts'

/** Why the reference cannot compute a spec; undefined where it can. */
export function obstacle(spec: OpSpec): string | undefined {
  const { op } = spec
  if (!Object.hasOwn(OPS, op) || !('compute' in OPS[op])) return `the reference has no ${op}`
  const precision = precisionOf(spec)
  if (!kernelOp(spec).precisions.includes(precision)) return `${op} has no meaning in ${precision}`
  return sumsPastInt32(spec)
}

/**
 * The meaning of every op, by the formulae of `Constants`, one output tensor at a time: float results are accumulated
 * in float64 and rounded once; activation functions go by float32 steps. What faster kernels are held to.
 * @throws OctetError for a spec that `obstacle` names, and where a sum of integers leaves int32.
 */
export function compute(spec: OpSpec, constants: Constants, inputs: readonly Tensor[], output: Tensor): void {
  const reason = obstacle(spec)
  if (reason !== undefined) throw new OctetError(`cannot compute: ${reason}`)
  kernelOp(spec).compute(spec, constants, inputs, output)
}

/** The same results by exact kernels as far as they go, and by the reference beyond. */
export function computeBy(
  exact: ExactKernels | undefined,
  spec: OpSpec,
  constants: Constants,
  inputs: readonly Tensor[],
  output: Tensor,
): void {
  if (exact?.compute(spec, constants, inputs, output) !== true) compute(spec, constants, inputs, output)
}
