import { indent } from '../wgsl/shader.ts'
import type { Product } from './product.ts'

/** A running sum: of one value for each of four outputs, or of one value in total. */
export interface Accumulator {
  readonly name: string
  readonly width: 1 | 4
  /** The increment of each step. */
  readonly term: string
}

/** The loop over input blocks for all accumulators. */
interface Reduction {
  /** Statements before every loop. */
  readonly declare: string
  /** The loop: `c` is the input block and `tile` counts the weight tiles. */
  readonly loop: string
  /** An accumulator's value after every loop, in the type in which results are settled. */
  result(name: string, width: 1 | 4): string
}

/** A reduction over `products` products for each output. `loads` are the statements that begin a step. */
export function reduction(
  product: Product,
  accumulators: readonly Accumulator[],
  loads: readonly string[],
  products: number,
): Reduction {
  const type = (scalar: string, width: 1 | 4) => (width === 4 ? `vec4<${scalar}>` : scalar)
  const step = [...loads, ...accumulators.map(({ name, term }) => `${name} += ${term};`), 'tile++;'].join(
    '\n',
  )
  if (products <= product.most)
    return {
      declare: accumulators
        .map(({ name, width }) => `var ${name} = ${type(product.sum, width)}();`)
        .join('\n'),
      loop: `for (var c = 0u; c < scalars.reducedBlocks; c++) {\n${indent(step, 2)}\n}`,
      result: (name, width) => product.settled(name, width),
    }
  const open = accumulators.map(({ name, width }) => `var ${name} = ${type(product.sum, width)}();`)
  const close = accumulators.map(({ name, width }) => `whole_${name} += ${product.settled(name, width)};`)
  return {
    declare: accumulators.map(({ name, width }) => `var whole_${name} = ${type('i32', width)}();`).join('\n'),
    loop: `
for (var begin = 0u; begin < scalars.reducedBlocks; begin += ${product.most / product.lanes}u) {
${indent(open.join('\n'), 2)}
  let end = min(begin + ${product.most / product.lanes}u, scalars.reducedBlocks);
  for (var c = begin; c < end; c++) {
${indent(step, 4)}
  }
${indent(close.join('\n'), 2)}
}`.trim(),
    result: (name) => `whole_${name}`,
  }
}
