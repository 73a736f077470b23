import { expectConstants } from '@octet/core'
import { floatBits } from '../memory/shelf.ts'
import { elementwise } from './elementwise.ts'
import { integerTarget, type Op, suffixOf } from './op.ts'

export const quantizeLinear: Op<'QuantizeLinear'> = {
  plan(spec, constants, { shelf }) {
    const { inverseScale, zeroPoint, clamp } = expectConstants(spec, constants, 'quantize')
    const kernel = `quantize${suffixOf(spec.inputs[0].dtype)}`
    return elementwise(shelf, spec, kernel, [floatBits(inverseScale)], integerTarget(clamp, zeroPoint))
  },
}
