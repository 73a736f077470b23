import { tensor, type Tensor } from '@octet/core'
import type { Source } from '../../import/source.ts'
import type { Chain } from '../chain.ts'

export const ACTIVATIONS = ['Sigmoid', 'Tanh', 'Relu'] as const
export type Activation = (typeof ACTIVATIONS)[number]

/** The constants of one direction, with `hidden` rows for each gate. */
export interface Constants {
  readonly hidden: number
  /** [gates * hidden, input]. */
  readonly input: Tensor<'float32'>
  /** [gates * hidden, hidden]. */
  readonly recurrent: Tensor<'float32'>
  /** [gates * hidden] each. Zeros if the file has none. */
  readonly inputBias: Float32Array
  readonly recurrentBias: Float32Array
  /** [hidden] for each gate that reads the memory. Empty if the file has none. */
  readonly peepholes: readonly Float32Array[]
}

/** The state of a cell from step to step: its output [N, hidden], and the memory of an LSTM. */
export interface State {
  readonly h: string
  readonly c?: string
}

/** Adds the nodes of one direction's steps. */
export class Direction {
  readonly constants: Constants
  /** In the order of ONNX's attribute `activations`. */
  readonly functions: readonly Activation[]
  readonly #source: Source
  readonly #chain: Chain
  readonly #part: string
  /** Names of constants that every step reads. */
  readonly #stored = new Map<string, string>()

  constructor(
    source: Source,
    chain: Chain,
    part: string,
    constants: Constants,
    functions: readonly Activation[],
  ) {
    this.constants = constants
    this.functions = functions
    this.#source = source
    this.#chain = chain
    this.#part = part
  }

  /** x [rows, inner] times a weight [outputs, inner], plus a bias [outputs]. */
  product(part: string, x: string, weight: Tensor<'float32'>, bias: Float32Array): string {
    const w = this.#constant(`${part}.weight`, weight)
    const b = this.#constant(`${part}.bias`, tensor('float32', [bias.length], bias))
    const attributes = { alpha: 1, beta: 1, transA: false, transB: true }
    return this.#chain.add(this.#name(part), { op: 'Gemm', inputs: [x, w, b], attributes })
  }

  /** The part from the previous output, h [N, hidden], for the gates from `first` to before `end`. */
  recurrent(h: string, first: number, end: number, bias?: Float32Array): string {
    const { hidden, recurrent } = this.constants
    const data = recurrent.data.subarray(first * hidden * hidden, end * hidden * hidden)
    const rows = (end - first) * hidden
    const weight = tensor('float32', [rows, hidden], data)
    return this.product(`recurrent${first}`, h, weight, bias ?? new Float32Array(rows))
  }

  /** One gate's part of a tensor with several gates, [N, gates * hidden]. */
  gate(gates: string, index: number): string {
    const { hidden } = this.constants
    return this.#chain.add(this.#name('gate'), {
      op: 'Slice',
      inputs: [gates],
      attributes: { axes: [1], starts: [index * hidden], ends: [(index + 1) * hidden], steps: [1] },
    })
  }

  /** Applies the activation function with index `which` to x. */
  activate(which: number, x: string): string {
    return this.#chain.add(this.#name('gate'), { op: this.functions[which], inputs: [x], attributes: null })
  }

  pair(op: 'Add' | 'Sub' | 'Mul', a: string, b: string): string {
    return this.#chain.add(this.#name(op.toLowerCase()), { op, inputs: [a, b], attributes: null })
  }

  /** A row [1, hidden] that every step reads. */
  row(part: string, values: Float32Array): string {
    return this.#constant(part, tensor('float32', [1, values.length], values))
  }

  #constant(part: string, held: Tensor<'float32'>): string {
    const stored =
      this.#stored.get(part) ?? this.#source.freshConstant(`${this.#source.name}.${this.#name(part)}`, held)
    this.#stored.set(part, stored)
    return stored
  }

  #name(part: string): string {
    return this.#part === '' ? part : `${this.#part}.${part}`
  }
}
