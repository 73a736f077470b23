import type { Source } from '../../import/source.ts'
import type { Activation, Direction, State } from './direction.ts'

/** How a recurrent op computes one step. */
export interface Cell {
  readonly gates: number
  /** Its activation functions if the file names none. */
  readonly functions: readonly Activation[]
  /** Gates, counted from the end, whose recurrent bias is not added to the part from the input. */
  readonly inner: number
  /**
   * Computes one step.
   * @param x the gates' part from the input, including biases, [N, gates * hidden]
   * @param before absent in a first step from zeros
   */
  step(direction: Direction, x: string, before: State | undefined): State
}

/** Gates i, o, f and c of ONNX's LSTM. */
export function lstm({ attributes }: Source): Cell {
  const coupled = attributes.flag('input_forget', false)
  return {
    gates: 4,
    functions: ['Sigmoid', 'Tanh', 'Tanh'],
    inner: 0,
    step: (direction, x, before) => {
      const gates = before === undefined ? x : direction.pair('Add', x, direction.recurrent(before.h, 0, 4))
      const seen = (gate: number, memory: string | undefined): string => {
        const own = direction.gate(gates, gate)
        const weight = direction.constants.peepholes[gate]
        if (weight === undefined || memory === undefined) return own
        return direction.pair(
          'Add',
          own,
          direction.pair('Mul', memory, direction.row(`peephole${gate}`, weight)),
        )
      }
      const input = direction.activate(0, seen(0, before?.c))
      const candidate = direction.activate(1, direction.gate(gates, 3))
      let c = direction.pair('Mul', input, candidate)
      if (before?.c !== undefined) {
        const forget = coupled
          ? direction.pair('Sub', direction.row('one', Float32Array.of(1)), input)
          : direction.activate(0, seen(2, before.c))
        c = direction.pair('Add', direction.pair('Mul', forget, before.c), c)
      }
      const output = direction.activate(0, seen(1, c))
      return { h: direction.pair('Mul', output, direction.activate(2, c)), c }
    },
  }
}

/** Gates z, r and h of ONNX's GRU. */
export function gru({ attributes }: Source): Cell {
  const afterProduct = attributes.flag('linear_before_reset', false)
  return {
    gates: 3,
    functions: ['Sigmoid', 'Tanh'],
    inner: afterProduct ? 1 : 0,
    step: (direction, x, before) => {
      const { hidden, recurrentBias } = direction.constants
      const bias = recurrentBias.subarray(2 * hidden)
      const own = (gate: number): string => direction.gate(x, gate)
      const recurrent = before && direction.recurrent(before.h, 0, 2)
      const gate = (index: number): string =>
        direction.activate(
          0,
          recurrent === undefined
            ? own(index)
            : direction.pair('Add', own(index), direction.gate(recurrent, index)),
        )
      const update = gate(0)
      const candidate = (): string => {
        if (before === undefined)
          return afterProduct
            ? direction.pair('Add', own(2), direction.pair('Mul', gate(1), direction.row('inner', bias)))
            : own(2)
        const inner = afterProduct
          ? direction.pair('Mul', gate(1), direction.recurrent(before.h, 2, 3, bias))
          : direction.recurrent(direction.pair('Mul', gate(1), before.h), 2, 3)
        return direction.pair('Add', own(2), inner)
      }
      const made = direction.activate(1, candidate())
      // h = made + update * (before - made).
      if (before === undefined) return { h: direction.pair('Sub', made, direction.pair('Mul', update, made)) }
      const moved = direction.pair('Mul', update, direction.pair('Sub', before.h, made))
      return { h: direction.pair('Add', made, moved) }
    },
  }
}

/** The single gate of ONNX's RNN. */
export function rnn(): Cell {
  return {
    gates: 1,
    functions: ['Tanh'],
    inner: 0,
    step: (direction, x, before) => ({
      h: direction.activate(
        0,
        before === undefined ? x : direction.pair('Add', x, direction.recurrent(before.h, 0, 1)),
      ),
    }),
  }
}
