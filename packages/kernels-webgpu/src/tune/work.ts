import { elements, macsOf, type OpSpec } from '@octet/core'

/** Multiply-accumulates of one run of an op. For ops without any, the number of output elements. */
export function workOf(spec: OpSpec): number {
  return macsOf(spec) || elements(spec.output.shape)
}
