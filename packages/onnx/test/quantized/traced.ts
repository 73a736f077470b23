import { kernelOp, tensor, type Program, type Tensor } from '@octet/core'

/** Runs a program on the reference; the integers of every tensor by the name that the graph has for it. */
export function integersOf(program: Program, x: Tensor<'float32'>): ReadonlyMap<string, Int8Array> {
  const held = new Map<number, Tensor>(program.fixed)
  held.set(program.inputs[0], x)
  const integers = new Map<string, Int8Array>()
  for (const { spec, constants, inputs, output } of program.steps) {
    const { dtype, shape } = program.tensors[output]
    const made = tensor(dtype, shape)
    const read = inputs.map((index) => held.get(index)!)
    kernelOp(spec).compute(spec, constants, read, made)
    held.set(output, made)
    if (made.dtype === 'int8') integers.set(program.names[output], made.data as Int8Array)
  }
  return integers
}
