import { MOST_PRODUCTS, MOST_TERMS } from '../numerics/index.ts'
import { bytesPerElement } from '../tensor/dtype.ts'
import { elements } from '../tensor/tensor.ts'
import { kernelOp, type OpSpec } from './list.ts'
import { precisionOf, type TensorSpec } from './spec.ts'

/** The multiply-accumulates of one run of an op; 0 for ops that have none. */
export function macsOf(spec: OpSpec): number {
  const sums = kernelOp(spec).sums(spec)
  return sums?.of === 'products' ? elements(spec.output.shape) * sums.count : 0
}

/** The bytes of a tensor without padding. */
export function bytesOf({ dtype, shape }: TensorSpec): number {
  return elements(shape) * bytesPerElement(dtype)
}

/**
 * The reason why the sums of an int8 op could leave int32 whatever its numbers, so that no device may compute it;
 * undefined if they cannot. A layer with weights is judged by its numbers when it is lowered.
 */
export function sumsPastInt32(spec: OpSpec): string | undefined {
  if (precisionOf(spec) !== 'int8' || 'weightZeroPoints' in spec) return undefined
  const sums = kernelOp(spec).sums(spec)
  if (sums === null) return undefined
  const most = sums.of === 'products' ? MOST_PRODUCTS : MOST_TERMS
  return sums.count > most
    ? `it sums ${sums.count} ${sums.of} an output, and int32 is only safe to ${most}`
    : undefined
}
