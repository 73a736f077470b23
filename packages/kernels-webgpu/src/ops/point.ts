import { elements, tensor, type Constants, type OpSpec, type Shape, type Tensor } from '@octet/core'
import type { Run } from './op.ts'

/** The run of a spec on parts of its operands. */
export function reduced(spec: OpSpec, shape: Shape, inputs: Run['inputs'], constants: Constants): Run {
  const specs = inputs.map((input) => ({ dtype: input.dtype, shape: input.shape }))
  return { spec: { ...spec, inputs: specs, output: { ...spec.output, shape } }, inputs, constants }
}

/** The constants of one output channel. */
export function channelOf(constants: Constants, m: number): Constants {
  if (constants.kind !== 'int-weights' && constants.kind !== 'float-weights') return constants
  const inner = constants.weight.shape.slice(1)
  const weight = part(constants.weight, [1, ...inner], m * elements(inner))
  const one = { ...constants, weight, bias: constants.bias.slice(m, m + 1) }
  return (
    constants.kind === 'float-weights'
      ? one
      : {
          ...one,
          multiplier: constants.multiplier.slice(m, m + 1),
          weightZeroPoints: constants.weightZeroPoints.slice(m, m + 1),
        }
  ) as Constants
}

/** Every `step`-th value, beginning with `first`, as a tensor of this shape. */
export function part({ dtype, data }: Tensor, shape: Shape, first: number, step = 1): Tensor {
  const taken = tensor(dtype, shape)
  for (let i = 0; i < taken.data.length; i++) taken.data[i] = data[first + i * step]
  return taken
}
