import { expectConstants } from '@octet/core'
import { layoutOf } from '../memory/layout.ts'
import { floatTarget, FREE, integerTarget, type Op, type Plan, single, suffixOf } from './op.ts'
import type { SpecOf, Target, Workshop } from './op.ts'
import { imageOf, windowWords } from './window.ts'

export const maxPool: Op<'MaxPool'> = {
  plan: (spec, _, workshop) => pool('maxPool', spec, workshop, FREE, [0, 0, 0]),
}

export const averagePool: Op<'AveragePool'> = {
  plan(spec, constants, workshop) {
    const { kernel, countIncludePad } = spec
    if (spec.inputs[0].dtype !== 'int8') {
      const { clamp } = expectConstants(spec, constants, 'clamp')
      const divisor = countIncludePad ? kernel[0] * kernel[1] : 0
      return pool('averagePool', spec, workshop, floatTarget(clamp), [0, 0, divisor])
    }
    const c = expectConstants(spec, constants, 'int-average')
    const numbers = [c.inputZeroPoint, workshop.shelf.put(c.multipliers), 0]
    return pool('averagePool', spec, workshop, integerTarget(c.clamp, c.outputZeroPoint), numbers)
  },
}

/** `numbers` are the words of `Pool` in assembly/ops/pool.ts before its channels. */
function pool(
  kernel: string,
  spec: SpecOf<'MaxPool' | 'AveragePool'>,
  { shelf }: Workshop,
  target: Target,
  numbers: readonly number[],
): Plan {
  const [{ dtype, shape }] = spec.inputs
  const { images, stored } = layoutOf(shape)
  const [, , outHeight, outWidth] = spec.output.shape
  const tiles = images * outHeight
  const cycles = (tiles * outWidth * stored * spec.kernel[0] * spec.kernel[1]) / 4
  const words = [...windowWords(target, imageOf(shape, spec.output.shape), spec), ...numbers, stored]
  return single(shelf, { kernel: `${kernel}${suffixOf(dtype)}`, tiles, cycles }, words)
}
