import { elements, macsOf, type OpSpec } from '@octet/core'

/** Multiply-accumulates of one run of an op; of ops that have none, the elements they yield. */
export function workOf(spec: OpSpec): number {
  return macsOf(spec) || elements(spec.output.shape)
}
