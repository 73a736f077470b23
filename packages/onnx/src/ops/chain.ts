import type { Node, Shape } from '@octet/core'
import type { Source } from '../import/source.ts'
import type { Reading } from './op.ts'

/** A core node, less its names. */
export type Part = Node extends infer N ? (N extends Node ? Omit<N, 'name' | 'output'> : never) : never

/** Core nodes in place of one node of a file, named after it. The last node added yields the file's node's output. */
export class Chain {
  readonly #source: Source
  readonly #nodes: Node[] = []

  constructor(source: Source) {
    this.#source = source
  }

  /** Adds a node, and returns the tensor that it yields. `part` tells it from the others. */
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

  /** Adds a Reshape: 0 copies a size, and one size may be -1. */
  reshape(part: string, input: string, shape: Shape): string {
    return this.add(part, { op: 'Reshape', inputs: [input], attributes: { shape } })
  }

  transpose(part: string, input: string, perm: readonly number[]): string {
    return this.add(part, { op: 'Transpose', inputs: [input], attributes: { perm } })
  }

  /** Gives a tensor that no node has read yet another name. */
  rename(tensor: string, output: string): void {
    const at = this.#nodes.findLastIndex((node) => node.output === tensor)
    this.#nodes[at] = { ...this.#nodes[at], output }
  }

  /** All nodes, which yield the outputs of the file's node by name. */
  readings(): Reading {
    return { nodes: this.#nodes }
  }

  /** All nodes, the last under the output's own name. */
  reading(): Reading {
    const last = this.#nodes.at(-1)!
    const { name, output } = this.#source
    // One node alone has the name of the file's node.
    const end = { ...last, ...(this.#nodes.length === 1 && { name }), output }
    return { nodes: [...this.#nodes.slice(0, -1), end] }
  }
}
