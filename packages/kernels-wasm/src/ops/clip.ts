import { expectConstants } from '@octet/core'
import { elementwise } from './elementwise.ts'
import { floatTarget, type Op, suffixOf } from './op.ts'

export const clip: Op<'Clip'> = {
  plan(spec, constants, { shelf }) {
    const { clamp } = expectConstants(spec, constants, 'clamp')
    return elementwise(shelf, spec, `clip${suffixOf(spec.inputs[0].dtype)}`, [], floatTarget(clamp))
  },
}
