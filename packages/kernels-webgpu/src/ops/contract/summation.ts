import { indent } from '../../wgsl/shader.ts'

/** A running sum in f32: of one value for each of four outputs, or of one value in total. */
export interface Sum {
  readonly name: string
  readonly width: 1 | 4
  /** The factor that turns it into an int32. Undefined for a float. */
  readonly scale: string | undefined
}

/** A loop over `scalars.steps` that keeps sums, as WGSL. */
export interface Summation {
  /** Statements before the loop. */
  readonly declare: string
  readonly loop: string
  /** A sum after the loop. */
  result(name: string): string
}

/** The number of products to sum. */
export interface Depth {
  /** The number of products of each sum, in total and in one step. */
  readonly products: number
  readonly perStep: number
  /** The number of integer products that a float32 sums exactly, because it is exact up to 2^24. */
  readonly exact: number
}

/** Sums with the statements of a step. Sums of more integers than float32 holds exactly are closed in between. */
export function summation(
  sums: readonly Sum[],
  step: string,
  { products, perStep, exact }: Depth,
): Summation {
  const find = (name: string) => sums.find((sum) => sum.name === name)
  const settled = (name: string) => {
    const sum = find(name)
    if (sum?.scale === undefined) return name
    return `${sum.width === 4 ? 'vec4<i32>' : 'i32'}(${name} * ${sum.scale})`
  }
  const type = (width: 1 | 4, scalar: string) => (width === 4 ? `vec4<${scalar}>` : scalar)
  const open = sums.map(({ name, width }) => `var ${name} = ${type(width, 'f32')}();`).join('\n')
  if (products <= exact || sums.every(({ scale }) => scale === undefined))
    return {
      declare: open,
      loop: `for (var at = 0u; at < scalars.steps; at++) {\n${indent(step, 2)}\n}`,
      result: settled,
    }
  const close = sums.map(({ name }) => `whole_${name} += ${settled(name)};`).join('\n')
  return {
    declare: sums.map(({ name, width }) => `var whole_${name} = ${type(width, 'i32')}();`).join('\n'),
    loop: `
for (var begin = 0u; begin < scalars.steps; begin += ${exact / perStep}u) {
${indent(open, 2)}
  let end = min(begin + ${exact / perStep}u, scalars.steps);
  for (var at = begin; at < end; at++) {
${indent(step, 4)}
  }
${indent(close, 2)}
}`.trim(),
    result: (name) => `whole_${name}`,
  }
}
