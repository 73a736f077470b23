import { bytesPerElement, elements, type OpSpec, type Program, type TensorSpec } from '@octet/core'

/** Multiply-accumulates of one run of an op; 0 for ops that have none. */
export function macsOf(spec: OpSpec): number {
  const output = elements(spec.output.shape)
  switch (spec.op) {
    case 'Conv':
      return (output * spec.inputs[0].shape[1] * spec.kernel[0] * spec.kernel[1]) / spec.group
    case 'Gemm':
    case 'MatMul':
      return output * spec.inputs[0].shape[1]
    default:
      return 0
  }
}

/** Multiply-accumulates of one run of a program. */
export function macsOfProgram({ steps }: Program): number {
  return steps.reduce((sum, { spec }) => sum + macsOf(spec), 0)
}

/** Bytes of a tensor without padding. */
export function bytesOf({ dtype, shape }: TensorSpec): number {
  return elements(shape) * bytesPerElement(dtype)
}
