import { expectConstants } from '@octet/core'
import { floatBits } from '../memory/shelf.ts'
import { elementwise } from './elementwise.ts'
import { integerTarget, type Op, suffixOf } from './op.ts'

export const quantizeLinear: Op<'QuantizeLinear'> = {
  plan(spec, constants, { shelf }) {
    const suffix = suffixOf(spec.inputs[0].dtype)
    if (spec.by === 'divide') {
      const { scale, zeroPoint, clamp } = expectConstants(spec, constants, 'divide-quantize')
      const target = integerTarget(clamp, zeroPoint)
      return elementwise(shelf, spec, `divide${suffix}`, [floatBits(scale)], target)
    }
    const { inverseScale, zeroPoint, clamp } = expectConstants(spec, constants, 'quantize')
    return elementwise(
      shelf,
      spec,
      `quantize${suffix}`,
      [floatBits(inverseScale)],
      integerTarget(clamp, zeroPoint),
    )
  },
}
