import type { Node } from '../../ops/list.ts'
import { elements, type Shape, type Tensor } from '../../tensor/tensor.ts'
import { largestBatch, type Graph } from '../graph.ts'
import { activationNames, Names } from '../names.ts'
import { inferShapes, outputShape } from '../shapes.ts'

/** A node without its names. */
export type Part = Node extends infer N ? (N extends Node ? Omit<N, 'name' | 'output'> : never) : never

/** Replaces a node by several nodes and constants. If the batch may have any size, shapes are for two samples. */
export class Replacer {
  readonly #graph: Graph
  readonly #shapes: Map<string, Shape>
  readonly #tensors: Names
  readonly #names: Names
  readonly #nodes: Node[] = []
  readonly #constants: Map<string, Tensor<'float32'>>

  constructor(graph: Graph) {
    this.#graph = graph
    this.#shapes = inferShapes(graph, Math.min(2, largestBatch(graph)))
    this.#tensors = new Names([...activationNames(graph), ...graph.initializers.keys()])
    this.#names = new Names(graph.nodes.map(({ name }) => name))
    this.#constants = new Map(graph.initializers)
  }

  /** The shape of an activation, or of a constant. */
  shapeOf(name: string): Shape {
    return this.#shapes.get(name) ?? this.#constants.get(name)!.shape
  }

  /** A constant; undefined if the tensor is computed. */
  constantOf(name: string): Tensor<'float32'> | undefined {
    return this.#constants.get(name)
  }

  /** Keeps a node of the graph. */
  keep(node: Node): void {
    this.#nodes.push(node)
  }

  /**
   * Adds a node in place of another, and returns the tensor that it yields. The name of `part` is part of the new
   * node's name. An empty part gives the new node the name of the replaced node.
   */
  add(of: Node, part: string, made: Part, output?: string): string {
    const name = part === '' ? of.name : this.#names.fresh(`${of.name}.${part}`)
    const node = { ...made, name, output: output ?? this.#tensors.fresh(`${of.output}.${part || 'made'}`) }
    this.#shapes.set(
      node.output,
      outputShape(
        node,
        node.inputs.map((input) => this.shapeOf(input)),
      ),
    )
    this.#nodes.push(node)
    return node.output
  }

  /** A tensor in another shape. One size of the shape may be -1. */
  reshape(of: Node, part: string, input: string, shape: Shape, output?: string): string {
    const held = this.#constants.get(input)
    if (held !== undefined)
      return this.constant(`${of.name}.${part}`, { ...held, shape: filled(shape, held.data.length) })
    return this.add(of, part, { op: 'Reshape', inputs: [input], attributes: { shape } }, output)
  }

  constant(wanted: string, held: Tensor<'float32'>): string {
    const name = this.#tensors.fresh(wanted)
    this.#constants.set(name, held)
    return name
  }

  graph(): Graph {
    return { ...this.#graph, nodes: this.#nodes, initializers: this.#constants }
  }
}

function filled(shape: Shape, count: number): Shape {
  return shape.map((size) => (size === -1 ? count / -elements(shape) : size))
}

/** The graph with some of its nodes replaced. `replace` returns whether it replaced the node. */
export function replaceNodes(
  graph: Graph,
  ops: ReadonlySet<string>,
  replace: (node: Node, replacer: Replacer) => boolean,
): Graph {
  if (!graph.nodes.some(({ op }) => ops.has(op))) return graph
  const replacer = new Replacer(graph)
  for (const node of graph.nodes) if (!ops.has(node.op) || !replace(node, replacer)) replacer.keep(node)
  return replacer.graph()
}
