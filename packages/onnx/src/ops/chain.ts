import { tensor, type Node, type Shape } from '@octet/core'
import type { Source } from '../import/source.ts'
import type { Made } from './op.ts'

/** A core node without its names. */
export type Part = Node extends infer N ? (N extends Node ? Omit<N, 'name' | 'output'> : never) : never

type PairOp = 'Add' | 'Sub' | 'Mul' | 'Div' | 'Pow' | 'Min' | 'Max' | 'Equal' | 'Less' | 'LessOrEqual'

/**
 * Core nodes that replace one node of a file and are named after it. The last added node computes the output of the
 * file's node.
 */
export class Chain {
  readonly #source: Source
  readonly #nodes: Node[] = []

  constructor(source: Source) {
    this.#source = source
  }

  /** Adds a node and returns its output tensor. `part` distinguishes it from the others. */
  add(
    part: string,
    node: Part,
    output: string = this.#source.freshTensor(`${this.#source.output}.${part}`),
  ): string {
    this.#nodes.push({
      ...node,
      name: this.#source.freshNode(`${this.#source.name}.${part}`),
      output,
    })
    return output
  }

  /** Adds a Reshape. A 0 copies a size, and one size may be -1. */
  reshape(part: string, input: string, shape: Shape): string {
    return this.add(part, { op: 'Reshape', inputs: [input], attributes: { shape } })
  }

  transpose(part: string, input: string, perm: readonly number[]): string {
    return this.add(part, { op: 'Transpose', inputs: [input], attributes: { perm } })
  }

  /** One number, as a constant. */
  number(part: string, value: number): string {
    return this.#source.freshConstant(
      `${this.#source.name}.${part}`,
      tensor('float32', [], Float32Array.of(value)),
    )
  }

  /** 1 if a truth value is 0, else 0. */
  not(part: string, input: string): string {
    return this.add(part, { op: 'Equal', inputs: [input, this.number(part, 0)], attributes: null })
  }

  /**
   * 1 at the given index and 0 elsewhere, along the last axis. A negative index counts from the end.
   * @param shape the shape of the indices, with a last axis of size 1
   */
  oneHot(part: string, places: string, shape: Shape, depth: number): string {
    const below = this.pair(`${part}.below`, 'Less', places, this.number(`${part}.zero`, 0))
    const wrapped = this.pair(`${part}.wrapped`, 'Add', places, this.number(`${part}.depth`, depth))
    const counted = this.add(`${part}.counted`, {
      op: 'Where',
      inputs: [below, wrapped, places],
      attributes: null,
    })
    const iota = tensor(
      'float32',
      [depth],
      Float32Array.from({ length: depth }, (_, i) => i),
    )
    const all = this.#source.freshConstant(`${this.#source.name}.${part}.all`, iota)
    return this.pair(part, 'Equal', this.reshape(`${part}.apart`, counted, shape), all)
  }

  /** Numbers without their fractions. */
  truncate(part: string, input: string): string {
    const magnitude = this.add(`${part}.magnitude`, { op: 'Abs', inputs: [input], attributes: null })
    const whole = this.add(`${part}.whole`, { op: 'Floor', inputs: [magnitude], attributes: null })
    const sign = this.add(`${part}.sign`, { op: 'Sign', inputs: [input], attributes: null })
    return this.add(part, { op: 'Mul', inputs: [whole, sign], attributes: null })
  }

  /** Two tensors, combined element by element. */
  pair(part: string, op: PairOp, a: string, b: string): string {
    return this.add(part, { op, inputs: [a, b], attributes: null })
  }

  /** Gives a tensor that no node has read yet a new name. */
  rename(tensor: string, output: string): void {
    const at = this.#nodes.findLastIndex((node) => node.output === tensor)
    this.#nodes[at] = { ...this.#nodes[at], output }
  }

  /** All nodes so far. */
  get nodes(): readonly Node[] {
    return this.#nodes
  }

  /** All nodes. They compute the outputs of the file's node by name. */
  readings(): Made {
    return { nodes: this.#nodes }
  }

  /** All nodes. The last node has the output's own name. */
  reading(): Made {
    const last = this.#nodes.at(-1)!
    const { name, output } = this.#source
    // A single node has the name of the file's node.
    const end = { ...last, ...(this.#nodes.length === 1 && { name }), output }
    return { nodes: [...this.#nodes.slice(0, -1), end] }
  }
}
