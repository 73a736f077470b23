import { type ActivationSpec, expectConstants } from '@octet/core'
import { floatBits } from '../memory/shelf.ts'
import { elementwise } from './elementwise.ts'
import { type Op, suffixOf } from './op.ts'

type Name = ActivationSpec['op']

/** Functions of one number: int8 goes through the host's table, floats through the kernel of a name. */
export const UNARY: { readonly [N in Name]?: Op<N> } = {
  Sigmoid: unary('sigmoid', 20),
  HardSigmoid: unary('hardSigmoid', 1),
  HardSwish: unary('hardSwish', 1),
}

/**
 * `kernel` is the name of the kernels on floats, less their suffix. The words are in the order of `Unary` in
 * assembly/ops/unary.ts.
 */
function unary(kernel: string, cyclesEach: number): Op<Name> {
  return {
    plan(spec, constants, { shelf }) {
      const suffix = suffixOf(spec.inputs[0].dtype)
      if (suffix !== 'Int8') {
        const [alpha, beta] = 'alpha' in spec ? [spec.alpha, spec.beta] : [0, 0]
        const words = [0, floatBits(alpha), floatBits(beta)]
        return elementwise(shelf, spec, `${kernel}${suffix}`, words, undefined, { cyclesEach })
      }
      const { table } = expectConstants(spec, constants, 'int-table')
      return elementwise(shelf, spec, 'tableInt8', [shelf.put(table), 0, 0])
    },
  }
}
