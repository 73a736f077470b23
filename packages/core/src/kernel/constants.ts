import { OctetError } from '../error.ts'
import type { Constants, ConstantsKind, OpSpec } from './spec.ts'

/** Narrows an op's constants to the kind its spec asks for. @throws OctetError naming op and both kinds. */
export function expectConstants<Kind extends ConstantsKind>(
  spec: OpSpec,
  constants: Constants,
  kind: Kind,
): Extract<Constants, { kind: Kind }> {
  if (constants.kind !== kind)
    throw new OctetError(`${spec.op} takes constants of kind ${kind}, it was given ${constants.kind}`)
  return constants as Extract<Constants, { kind: Kind }>
}
