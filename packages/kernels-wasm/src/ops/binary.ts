import { type Constants, expectConstants, sameShape } from '@octet/core'
import { layoutOf } from '../memory/layout.ts'
import { floatBits } from '../memory/shelf.ts'
import { elementwise, elementwiseWords } from './elementwise.ts'
import { floatTarget, integerTarget, type Op, single, type SpecOf, suffixOf, type Target } from './op.ts'

type Name = 'Add' | 'Mul'

/** Functions of two numbers. */
export const BINARY: { readonly [N in Name]?: Op<N> } = {
  Add: binary('add', 'int-add'),
  Mul: binary('mul', 'int-mul', 'scale'),
}

/**
 * `kernel` and, where b has one number a channel, `perChannel` are names of kernels less their suffix. The words are in
 * the order of `Binary` in assembly/ops/binary.ts.
 */
function binary(kernel: string, kind: 'int-add' | 'int-mul', perChannel?: string): Op<Name> {
  return {
    declines({ inputs: [a, b], output }) {
      if (!sameShape(a.shape, output.shape)) return 'is not computed where its first tensor is repeated'
      if (sameShape(a.shape, b.shape)) return undefined
      const [images, channels, ...pixels] = a.shape
      const factor = [images, channels, ...pixels.map(() => 1)]
      if (perChannel !== undefined && sameShape(b.shape, factor)) return undefined
      return 'is not computed where its second tensor is repeated in this way'
    },
    plan(spec, constants, { shelf }) {
      const [a, b] = spec.inputs
      const suffix = suffixOf(a.dtype)
      const [target, words] = numbersOf(spec, constants, kind)
      if (perChannel === undefined || sameShape(a.shape, b.shape))
        return elementwise(shelf, spec, `${kernel}${suffix}`, [...words, 0, 0], target)
      const { images, stored: channels, positions, count } = layoutOf(a.shape)
      return single(shelf, { kernel: `${perChannel}${suffix}`, tiles: images, cycles: count, b: 1 }, [
        ...elementwiseWords(count, target),
        ...words,
        channels,
        positions,
      ])
    },
  }
}

function numbersOf(
  spec: SpecOf<Name>,
  constants: Constants,
  kind: 'int-add' | 'int-mul',
): readonly [Target, number[]] {
  if (spec.inputs[0].dtype !== 'int8')
    return [floatTarget(expectConstants(spec, constants, 'clamp').clamp), [0, 0, 0, 0, 0]]
  const { a, b, inverseScale, clamp, outputZeroPoint } = expectConstants(spec, constants, kind)
  const scales = [floatBits(a.scale), floatBits(b.scale)]
  return [
    integerTarget(clamp, outputZeroPoint),
    [...scales, a.zeroPoint, b.zeroPoint, floatBits(inverseScale)],
  ]
}
