import { elements, type Shape } from '@octet/core'
import { layoutOf } from '../memory/layout.ts'
import { type Op, single, suffixOf } from './op.ts'

/** The bits of a number without its sign. */
const MAGNITUDE = { float32: 0x7fffffff, float16: 0x7fff } as const

/** The words have the order of `Where` in assembly/ops/where.ts. */
export const where: Op<'Where'> = {
  plan(spec, _, { shelf }) {
    const { shape, dtype } = spec.output
    const y = layoutOf(shape)
    const met = spec.inputs.flatMap((input) => {
      const { image, channel, pixels } = metBy(input.shape, shape)
      return [image, channel, shelf.put(pixels)]
    })
    const words = [y.channels, y.positions, y.stored, shelf.put(Int32Array.from(met))]
    return single(
      shelf,
      {
        kernel: `where${suffixOf(dtype)}`,
        tiles: y.images * y.positions,
        b: 1,
        c: 2,
        cycles: y.count * 4,
      },
      [...words, MAGNITUDE[dtype as 'float32']],
    )
  },
}

/**
 * The steps of a tensor that broadcasts: elements from image to image, from channel to channel, and from the first
 * pixel to each pixel of the output. A step is 0 if the tensor has one value for all.
 */
function metBy(from: Shape, to: Shape): { image: number; channel: number; pixels: Int32Array } {
  const { positions, stored } = layoutOf(from)
  const pixels = new Int32Array(elements(to.slice(2)))
  // From the last axis on, the offsets for one step of an axis are repeated for its other steps.
  let [filled, stride] = [1, stored]
  for (let axis = to.length - 1; axis >= 2; axis--) {
    const step = from[axis] === 1 ? 0 : stride
    for (let i = filled; i < filled * to[axis]; i++)
      pixels[i] = pixels[i % filled] + Math.floor(i / filled) * step
    filled *= to[axis]
    stride *= from[axis]
  }
  return {
    image: from[0] === 1 ? 0 : positions * stored,
    channel: (from[1] ?? 1) === 1 ? 0 : 1,
    pixels,
  }
}
