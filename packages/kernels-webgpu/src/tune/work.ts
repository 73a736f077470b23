import { elements, type OpSpec } from '@octet/core'

/** Multiply-accumulates of one run of an op; of ops that have none, the elements they yield. */
export function workOf(spec: OpSpec): number {
  const output = elements(spec.output.shape)
  switch (spec.op) {
    case 'Conv':
      return (output * spec.inputs[0].shape[1] * spec.kernel[0] * spec.kernel[1]) / spec.group
    case 'Gemm':
    case 'MatMul':
      return output * spec.inputs[0].shape[1]
    default:
      return output
  }
}
