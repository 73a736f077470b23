import type { Shape, TensorSpec } from '@octet/core'
import { extentOf, type Sizes } from './kernel.ts'

/** How to find the words of a repeated operand. */
export interface Repetition {
  /** WGSL of the number of the operand's word for word `word`. */
  readonly word: string
  /** Whether lane 0 of that word represents all four channels. */
  readonly isOne: boolean
  readonly sizes: Sizes
  readonly functions: readonly string[]
}

/** The pixel of a word, by the axes before and after the channels. An operand has each axis in full or once. */
export function repetition(name: string, { shape }: TensorSpec, output: TensorSpec): Repetition {
  const to = extentOf(output)
  const from = extentOf({ dtype: output.dtype, shape })
  const axes = merged(withoutChannels(output.shape), withoutChannels(shape))
  let stride = from.c4
  const steps = axes.map(({ size, repeats }) => {
    const step = repeats ? 0 : stride
    if (!repeats) stride *= size
    return step
  })
  const at = axes.map(
    (_, i) => `  at += rest % scalars.${name}Size${i} * scalars.${name}Step${i};
  rest /= scalars.${name}Size${i};`,
  )
  const isOne = from.c === 1 && to.c > 1
  return {
    word: `${name}Word(word / scalars.blocks)${isOne ? '' : ' + block'}`,
    isOne,
    sizes: Object.fromEntries(
      axes.flatMap(({ size }, i) => [
        [`${name}Size${i}`, size],
        [`${name}Step${i}`, steps[i]],
      ]),
    ),
    functions: [
      `
fn ${name}Word(pixel: u32) -> u32 {
  var rest = pixel;
  var at = 0u;
${at.join('\n')}
  return at;
}`,
    ],
  }
}

function withoutChannels(shape: Shape): Shape {
  return [...shape.slice(0, 1), ...shape.slice(2)]
}

/** Axes from the last to the first. Neighbours with the same repetition are merged. */
function merged(sizes: Shape, own: Shape): { size: number; repeats: boolean }[] {
  const axes: { size: number; repeats: boolean }[] = []
  for (let axis = sizes.length - 1; axis >= 0; axis--) {
    const size = sizes[axis]
    if (size === 1) continue
    const repeats = own[axis] === 1
    const last = axes.at(-1)
    if (last?.repeats === repeats) last.size *= size
    else axes.push({ size, repeats })
  }
  return axes
}
