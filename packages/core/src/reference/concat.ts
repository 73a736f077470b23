import { expectConstants } from '../kernel/constants.ts'
import type { ConcatSpec, Constants } from '../kernel/spec.ts'
import { elements, type Tensor } from '../tensor/tensor.ts'

/** Joins tensors along an axis: floats bit by bit, integers through the table of their input. */
export function concat(
  spec: ConcatSpec,
  constants: Constants,
  inputs: readonly Tensor[],
  output: Tensor,
): void {
  const tables = output.dtype === 'int8' ? expectConstants(spec, constants, 'int-concat').tables : undefined
  const outer = elements(spec.output.shape.slice(0, spec.axis))
  const row = output.data.length / outer
  let start = 0
  for (const [index, { data }] of inputs.entries()) {
    const run = data.length / outer
    for (let o = 0; o < outer; o++)
      for (let i = 0; i < run; i++) {
        const value = data[o * run + i]
        output.data[o * row + start + i] = tables === undefined ? value : tables[256 * index + value + 128]
      }
    start += run
  }
}
