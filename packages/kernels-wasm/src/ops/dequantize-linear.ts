import { expectConstants } from '@octet/core'
import { floatBits } from '../memory/shelf.ts'
import { elementwise } from './elementwise.ts'
import { type Op, suffixOf } from './op.ts'

export const dequantizeLinear: Op<'DequantizeLinear'> = {
  plan(spec, constants, { shelf }) {
    const { scale, zeroPoint } = expectConstants(spec, constants, 'dequantize')
    return elementwise(shelf, spec, `dequantize${suffixOf(spec.output.dtype)}`, [floatBits(scale), zeroPoint])
  },
}
