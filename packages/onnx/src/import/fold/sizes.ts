import type { IntegerConstant } from '../constant.ts'
import { operands, type Source } from '../source.ts'
import { integersOf, withPerSample } from './values.ts'

/**
 * Shape and Size of a tensor. From opset 15, Shape may return a part.
 * @param perSample the increase of each size per further sample
 */
export function sizesOf(source: Source, perSample: readonly number[] | undefined): IntegerConstant {
  const { attributes, op } = source
  const shape = source.shape(operands(source, 1)[0])
  const gains = perSample ?? shape.map(() => 0)
  // Sizes that grow are those of a batch of two. The size without samples is the constant part.
  const bases = shape.map((size, axis) => size - 2 * gains[axis])
  if (op === 'Size') {
    const free = gains.findIndex((gain) => gain !== 0)
    const others = shape.reduce((product, size, axis) => (axis === free ? product : product * size), 1)
    const count = free < 0 ? others : bases[free] * others
    return withPerSample(integersOf([], [count]), [free < 0 ? 0 : gains[free] * others])
  }
  const start = attributes.int('start', 0)
  const end = attributes.has('end') ? attributes.int('end', 0) : undefined
  const part = bases.slice(start, end)
  return withPerSample(integersOf([part.length], part), gains.slice(start, end))
}
