import { expectConstants } from '../kernel/constants.ts'
import type { ActivationSpec, Constants } from '../kernel/spec.ts'
import type { Tensor } from '../tensor/tensor.ts'
import { storeFloat } from './epilogue.ts'
import { widen } from './operand.ts'

/** An activation function by its op and attributes. */
export type Activation =
  | { readonly op: 'Sigmoid' | 'HardSwish' }
  | { readonly op: 'HardSigmoid'; readonly alpha: number; readonly beta: number }

const { fround, min, max } = Math

/**
 * The function by float32 steps, each rounded, as kernels compute it: `1 / (1 + exp(-x))`, `max(0, min(1, alpha x +
 * beta))`, `x max(0, min(6, x + 3)) / 6`.
 */
export function activationOf(activation: Activation): (x: number) => number {
  switch (activation.op) {
    case 'Sigmoid':
      return (x) => fround(1 / fround(1 + fround(Math.exp(-x))))
    case 'HardSigmoid': {
      const [alpha, beta] = [fround(activation.alpha), fround(activation.beta)]
      return (x) => max(0, min(1, fround(fround(alpha * x) + beta)))
    }
    case 'HardSwish':
      return (x) => fround(fround(x * max(0, min(6, fround(x + 3)))) / 6)
  }
}

/** Sigmoid, HardSigmoid and HardSwish: floats by the function, integers by the table that the host made of it. */
export function activate(spec: ActivationSpec, constants: Constants, input: Tensor, output: Tensor): void {
  if (input.dtype === 'int8') {
    const { table } = expectConstants(spec, constants, 'int-table')
    for (let i = 0; i < input.data.length; i++) output.data[i] = table[input.data[i] + 128]
    return
  }
  expectConstants(spec, constants, 'none')
  storeFloat(output, widen(input).map(activationOf(spec)), [-Infinity, Infinity])
}
