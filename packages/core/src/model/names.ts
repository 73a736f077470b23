import type { Graph } from './graph.ts'

/** Names that are taken. It makes new names that are not. */
export class Names {
  readonly #taken: Set<string>
  /** The last number that was added to each wanted name. */
  readonly #numbers = new Map<string, number>()

  constructor(taken: Iterable<string> = []) {
    this.#taken = new Set(taken)
  }

  has(name: string): boolean {
    return this.#taken.has(name)
  }

  /** The wanted name, with a number if it is taken. The returned name is then taken too. */
  fresh(wanted: string): string {
    let name = wanted
    for (let count = this.#numbers.get(wanted) ?? 2; this.#taken.has(name); count++) {
      name = `${wanted}_${count}`
      this.#numbers.set(wanted, count + 1)
    }
    this.#taken.add(name)
    return name
  }
}

/** The computed tensors: the graph's inputs and the outputs of its nodes. */
export function activationNames({ inputs, nodes }: Graph): string[] {
  return [...inputs.map(({ name }) => name), ...nodes.map(({ output }) => output)]
}

/** The graph with a unique name for each node. */
export function withOwnNames(graph: Graph): Graph {
  const names = new Names()
  return { ...graph, nodes: graph.nodes.map((node) => ({ ...node, name: names.fresh(node.name) })) }
}
