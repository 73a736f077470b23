import { OctetError } from '../error.ts'
import type { Constants, SpecOf } from './spec.ts'

/**
 * Narrows an op's constants to the kind its spec asks for.
 * @throws OctetError naming op and both kinds, or a weight outside the range that the spec declares.
 */
export function expectConstants<Kind extends Constants['kind']>(
  spec: SpecOf<string>,
  constants: Constants,
  kind: Kind,
): Extract<Constants, { kind: Kind }> {
  if (constants.kind !== kind)
    throw new OctetError(`${spec.op} takes constants of kind ${kind}, it was given ${constants.kind}`)
  if ('weightBits' in spec && constants.kind === 'int-weights') expectInt4(spec, constants.weight.data)
  return constants as Extract<Constants, { kind: Kind }>
}

function expectInt4({ op }: SpecOf<string>, weights: Int8Array): void {
  const wide = weights.find((weight) => weight < -8 || weight > 7)
  if (wide !== undefined)
    throw new OctetError(`${op} was declared with 4-bit weights, yet one is ${wide}, outside [-8, 7]`)
}
